import { Icon, type IconName } from "../../ui/icon";
import type { Messages } from "../../words/en";
import { useWords } from "../../words/words";

export type Status = keyof Messages["status"];

const ICONS: Record<Status, IconName> = {
  waiting: "clock",
  uploading: "up",
  sending: "clock",
  sent: "check",
  delivered: "checks",
  read: "checks",
  failed: "alert",
};

/** How far a message has come: in a picture and in a word. */
export function StatusMark({ status }: { status: Status }) {
  const { words } = useWords();
  const look = status === "read" ? "text-accent" : status === "failed" ? "text-danger" : "";
  return (
    <span data-status={status} className={`inline-flex items-center gap-1 ${look}`}>
      <Icon name={ICONS[status]} size="small" />
      {words.status[status]}
    </span>
  );
}
