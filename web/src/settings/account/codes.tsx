import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { Copied } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

/** Recovery codes, this once: to copy, to save, to write down. */
export function Codes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { it } = useSettingsWords();
  const text = `${codes.join("\n")}\n`;
  const save = () => {
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = it.factor.fileName;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <div className="space-y-4">
      <p className="text-sm text-ink-soft">{it.factor.codesMore}</p>
      <ol
        aria-label={it.factor.codes}
        className="numeric grid grid-cols-1 gap-x-6 gap-y-1.5 rounded-xl border border-line bg-canvas p-4 font-mono text-sm pair:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code} data-recovery-code>
            {code}
          </li>
        ))}
      </ol>
      <div className="flex flex-wrap gap-2">
        <Copied text={text} label={it.factor.codes} />
        <Button look="line" onClick={save}>
          <Icon name="download" />
          {it.factor.download}
        </Button>
        <Button look="solid" className="ml-auto" onClick={onKept}>
          {it.factor.codesKept}
        </Button>
      </div>
    </div>
  );
}
