import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { SortButtons } from "../triage/buttons";
import type { Triage } from "../triage/kinds";

/** What can be done with all that is picked. Stands in the place of the list's title, so that nothing below moves. */
export function PickBar({
  count,
  shown,
  isClosed,
  onAll,
  onClear,
  onTriage,
  onTake,
  onToggle,
}: {
  count: number;
  /** Rows that the list holds by now. */
  shown: number;
  /** Whether the list is of closed conversations, which are reopened. */
  isClosed: boolean;
  onAll: () => void;
  onClear: () => void;
  onTriage: (what: Triage) => void;
  onTake: () => void;
  onToggle: () => void;
}) {
  const { words } = useWords();
  return (
    <section
      aria-label={words.picks.label}
      data-picks={count}
      className="mx-2 mb-2 rounded-xl border border-accent-line bg-accent-soft px-2 py-1.5"
    >
      <div className="flex items-center gap-1">
        <Button size="icon" aria-label={words.picks.clear} onClick={onClear}>
          <Icon name="close" />
        </Button>
        <p role="status" className="min-w-0 flex-1 truncate text-sm font-semibold text-accent">
          {words.picks.count(count)}
        </p>
        {count < shown && (
          <Button look="accent" onClick={onAll}>
            {words.picks.all(shown)}
          </Button>
        )}
      </div>
      <div className="flex flex-wrap gap-1 pt-0.5">
        <Button look="line" onClick={onToggle}>
          <Icon name={isClosed ? "inbox" : "check"} className="text-ink-faint" />
          {isClosed ? words.triage.reopen : words.triage.close}
        </Button>
        <Button look="line" onClick={() => onTriage("assign")}>
          <Icon name="personAdd" className="text-ink-faint" />
          {words.triage.assign}
        </Button>
        <Button look="line" onClick={onTake}>
          <Icon name="person" className="text-ink-faint" />
          {words.triage.take}
        </Button>
        <SortButtons isOpen={!isClosed} onTriage={onTriage} />
      </div>
    </section>
  );
}
