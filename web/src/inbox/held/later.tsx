import { useWords } from "../../words/words";
import { TimeChooser } from "../triage/chooser";
import { heldWords } from "./words";

/** Chooses when a reply goes out. */
export default function LaterDialog({
  isOther = false,
  onChoose,
  onClose,
}: {
  /** Whether it has a time already. */
  isOther?: boolean;
  onChoose: (at: Date) => void;
  onClose: () => void;
}) {
  const { language } = useWords();
  const own = heldWords[language];
  return (
    <TimeChooser
      title={isOther ? own.timeTitle : own.laterTitle}
      more={own.laterMore}
      set={isOther ? own.set : own.later}
      onChoose={(at) => {
        onClose();
        onChoose(at);
      }}
      onClose={onClose}
    />
  );
}
