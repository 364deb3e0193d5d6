import type { Conversation } from "../../api/types";
import type { Decision } from "../../sync/decisions";
import { AssignDialog } from "./assign";
import type { Triage } from "./kinds";
import { MergeDialog } from "./merge";
import { PriorityDialog } from "./priority";
import { SnoozeDialog } from "./snooze";
import { TagsDialog } from "./tags";

export interface TriageProps {
  /** Which it is about; undefined: it is several, which differ. */
  conversation: Conversation | undefined;
  /** Those that are picked, where it is several. */
  picked: readonly string[];
  onDecide: (decision: Decision) => void;
  onClose: () => void;
}

const DIALOGS = {
  assign: AssignDialog,
  snooze: SnoozeDialog,
  priority: PriorityDialog,
  tags: TagsDialog,
  merge: MergeDialog,
};

/** One of the dialogs in which something is decided about conversations. */
export default function TriageDialog({ what, onDecide, ...props }: TriageProps & { what: Triage }) {
  const Chosen = DIALOGS[what];
  const decide = (decision: Decision) => {
    props.onClose();
    onDecide(decision);
  };
  return <Chosen {...props} onDecide={decide} />;
}
