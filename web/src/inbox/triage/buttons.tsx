import { useHint } from "../../keys/kept";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import type { Triage } from "./kinds";

const ICONS = { snooze: "clock", priority: "flag", tags: "tag", merge: "merge" } as const;

/** Later, how urgent, what it is about, with what it belongs together: one button each. */
export function SortButtons({ isOpen, onTriage }: { isOpen: boolean; onTriage: (what: Triage) => void }) {
  const { words } = useWords();
  const hints = {
    snooze: useHint("snooze"),
    priority: useHint("priority"),
    tags: useHint("tags"),
    merge: useHint("merge"),
  };
  const kinds = (["snooze", "priority", "tags", "merge"] as const).filter(
    (kind) => isOpen || kind !== "snooze",
  );
  return (
    <span className="flex">
      {kinds.map((kind) => (
        <Button
          key={kind}
          size="icon"
          aria-label={words.triage[kind]}
          title={words.triage[kind]}
          aria-keyshortcuts={hints[kind]}
          data-triage={kind}
          onClick={() => onTriage(kind)}
        >
          <Icon name={ICONS[kind]} />
        </Button>
      ))}
    </span>
  );
}
