import { useEffect, useState } from "react";
import { useInbox, useWatched } from "../inbox/context";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { askAway, nextBack, setAway } from "./away";
import { availabilityWords } from "./words";

/** Keeps up with who is away; says so while it is the agent themself. */
export default function AwayBar({ onOpen }: { onOpen: () => void; onClose: () => void }) {
  const { language, format } = useWords();
  const own = availabilityWords[language];
  const inbox = useInbox();
  const away = useWatched("away", (it) => it.away);
  const [fault, setFault] = useState(false);
  useEffect(() => {
    void askAway(inbox);
    return inbox.listen("availability", () => void askAway(inbox));
  }, [inbox]);
  useEffect(() => {
    const ms = nextBack(away, Date.now());
    if (ms === null) return;
    const timer = setTimeout(() => void askAway(inbox), ms);
    return () => clearTimeout(timer);
  }, [inbox, away]);
  const until = away.get(inbox.me.id);
  if (until === undefined) return null;
  const back = async () => setFault((await setAway(inbox, null)).kind !== "done");
  return (
    <div
      role="status"
      data-away
      className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 bg-warn-soft px-4 py-1 text-sm text-warn"
    >
      <Icon name="clock" />
      <span>{until ? own.awayUntil(format.when(new Date(until), new Date())) : own.away}</span>
      <Button look="line" onClick={() => void back()}>
        {own.back}
      </Button>
      <Button look="line" onClick={onOpen}>
        {own.handOver}
      </Button>
      {fault && <span role="alert">{own.lost}</span>}
    </div>
  );
}
