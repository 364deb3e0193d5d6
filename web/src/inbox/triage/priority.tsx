import { useState } from "react";
import type { Priority } from "../../api/types";
import { Icon } from "../../ui/icon";
import { fold } from "../../words/fold";
import { useWords } from "../../words/words";
import type { TriageProps } from "./dialog";
import { Picker } from "./picker";
import { triageWords } from "./words";

const PRIORITIES = ["urgent", "high", "normal"] as const satisfies readonly Priority[];
const LOOKS: Record<Priority, string> = {
  urgent: "text-danger",
  high: "text-warn",
  normal: "text-ink-faint",
};

/** Says how much a conversation presses. */
export function PriorityDialog({ conversation, onDecide, onClose }: TriageProps) {
  const { words, language } = useWords();
  const own = triageWords[language];
  const [filter, setFilter] = useState("");
  const now = conversation && (conversation.priority ?? "normal");
  const shown = PRIORITIES.filter((it) => fold(words.list.priorities[it]).includes(fold(filter.trim())));
  return (
    <Picker
      title={own.priorityTitle}
      field={{ label: words.triage.priority, value: filter, onChange: setFilter }}
      choices={shown.map((priority) => ({
        id: priority,
        isOn: now === priority,
        label: (
          <>
            <Icon name="flag" className={LOOKS[priority]} />
            <span className="flex-1 font-medium">{words.list.priorities[priority]}</span>
            {now === priority && <Icon name="check" className="text-accent" />}
          </>
        ),
      }))}
      onPick={(id) => onDecide({ kind: "priority", priority: id as Priority })}
      onClose={onClose}
    />
  );
}
