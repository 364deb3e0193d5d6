import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { ROW, TimeChooser } from "./chooser";
import type { TriageProps } from "./dialog";
import { triageWords } from "./words";

/** Chooses until when a conversation is put aside. */
export function SnoozeDialog({ conversation, onDecide, onClose }: TriageProps) {
  const { language } = useWords();
  const own = triageWords[language];
  return (
    <TimeChooser
      title={own.snoozeTitle}
      more={own.snoozeMore}
      set={own.set}
      onChoose={(at) => onDecide({ kind: "snooze", to: at.toISOString() })}
      onClose={onClose}
    >
      {conversation?.snoozed_until && (
        <button type="button" className={ROW} onClick={() => onDecide({ kind: "snooze", to: null })}>
          <Icon name="inbox" className="text-accent" />
          <span className="flex-1 font-medium">{own.back}</span>
        </button>
      )}
    </TimeChooser>
  );
}
