import { Button } from "../../ui/button";
import { Ask, Copied } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

/** Something that opens, shown this once. */
export function Secret({
  title,
  lead,
  label,
  value,
  onClose,
}: {
  title: string;
  lead: string;
  label: string;
  value: string;
  onClose: () => void;
}) {
  const { it } = useSettingsWords();
  return (
    <Ask title={title} lead={lead} onClose={onClose}>
      <code
        data-secret
        className="block rounded-xl border border-line bg-canvas p-3 font-mono text-sm [overflow-wrap:anywhere]"
      >
        {value}
      </code>
      <div className="flex justify-end gap-2">
        <Copied text={value} label={label} />
        <Button look="solid" onClick={onClose}>
          {it.done}
        </Button>
      </div>
    </Ask>
  );
}
