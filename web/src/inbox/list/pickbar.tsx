import { useEffect, useRef, useState } from "react";
import { isListed, isNarrow, type Shelf } from "../../sync/shelf";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { COUNTED } from "../nav";
import { SortButtons } from "../triage/buttons";
import type { Triage } from "../triage/kinds";
import type { Picks } from "./picks";

/** So many may be picked that the list does not show yet: each is a request of its own when something is done with them. */
const MOST = COUNTED;

/** What can be done with all that is picked. Stands in the place of the list's title, so that nothing below moves. */
export function PickBar({
  shelf,
  picks,
  isClosed,
  onTriage,
  onTake,
  onToggle,
}: {
  shelf: Shelf;
  picks: Picks;
  /** Whether the list is of closed conversations, which are reopened. */
  isClosed: boolean;
  onTriage: (what: Triage) => void;
  onTake: () => void;
  onToggle: () => void;
}) {
  const { words } = useWords();
  const count = picks.ids.size;
  return (
    <section
      aria-label={words.picks.label}
      data-picks={count}
      className="mx-2 mb-2 rounded-xl border border-accent-line bg-accent-soft px-2 py-1.5"
    >
      <div className="flex flex-wrap items-center gap-x-1">
        <Button size="icon" aria-label={words.picks.clear} onClick={picks.clear}>
          <Icon name="close" />
        </Button>
        <p role="status" className="min-w-0 flex-1 truncate text-sm font-semibold text-accent">
          {words.picks.count(count)}
        </p>
        <More key={shelf} shelf={shelf} picks={picks} />
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

/** Picks what is shown; once that is picked, the rest of the list, which is fetched for it. */
function More({ shelf, picks }: { shelf: Shelf; picks: Picks }) {
  const { words } = useWords();
  const inbox = useInbox();
  const { rows, hasMore } = useWatched(`view:${shelf}`, (it) => it.list(shelf));
  const counts = useWatched("counts", (it) => it.counts());
  const [state, setState] = useState<"idle" | "coming" | "failed">("idle");
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  const count = picks.ids.size;
  if (state === "coming")
    return (
      <p role="status" className="numeric px-2 text-sm text-accent">
        {words.picks.coming(rows.length)}
      </p>
    );
  if (count < rows.length)
    return (
      <Button look="accent" onClick={() => picks.all(rows)}>
        {words.picks.all(rows.length)}
      </Button>
    );
  if (!hasMore) return null;
  if (rows.length >= MOST) return <p className="px-2 text-sm text-accent">{words.picks.most(MOST)}</p>;
  const pickWhole = async () => {
    setState("coming");
    const isWhole = await inbox.wholeList(shelf, MOST);
    // Nothing is picked any more, or another list is shown.
    if (!isShown.current) return;
    setState(isWhole ? "idle" : "failed");
    picks.since(rows, inbox.list(shelf).rows.slice(0, MOST));
  };
  const known = isListed(shelf) && !isNarrow(shelf) ? counts[shelf] : 0;
  return (
    <>
      {state === "failed" && (
        <p role="alert" className="px-2 text-sm text-danger">
          {words.picks.failed}
        </p>
      )}
      <Button look="accent" onClick={() => void pickWhole()}>
        {known >= MOST ? words.picks.first(MOST) : words.picks.whole}
      </Button>
    </>
  );
}
