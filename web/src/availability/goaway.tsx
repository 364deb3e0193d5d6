import { useState } from "react";
import { useInbox } from "../inbox/context";
import { ROW, TimeChooser } from "../inbox/triage/chooser";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { setAway } from "./away";
import { availabilityWords } from "./words";

/** Chooses until when the agent is away. */
export function GoAway({ onGone, onClose }: { onGone: () => void; onClose: () => void }) {
  const { language } = useWords();
  const own = availabilityWords[language];
  const inbox = useInbox();
  const [fault, setFault] = useState<string | null>(null);
  const go = async (until: Date | null) => {
    const outcome = await setAway(inbox, { until });
    if (outcome.kind === "done") onGone();
    else setFault(outcome.kind === "refused" ? own.refused : own.lost);
  };
  return (
    <TimeChooser
      title={own.title}
      more={own.more}
      set={own.set}
      onChoose={(at) => void go(at)}
      onClose={onClose}
    >
      {fault && (
        <p role="alert" className="mb-1 rounded-lg bg-danger-soft p-2.5 text-sm text-danger">
          {fault}
        </p>
      )}
      <button type="button" data-preset="open" className={ROW} onClick={() => void go(null)}>
        <Icon name="hand" className="text-ink-faint" />
        <span className="flex-1 font-medium">{own.untilISay}</span>
      </button>
    </TimeChooser>
  );
}
