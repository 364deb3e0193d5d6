import type { Conversation } from "../../api/types";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useMinute } from "../clock";

/** Whether agents said anything of it that a row shows. */
export const isSortedOut = ({ snoozed_until, woke_at, priority, tags }: Conversation): boolean =>
  Boolean(snoozed_until || woke_at || tags?.length || (priority && priority !== "normal"));

const CHIP = "inline-flex shrink-0 items-center gap-1 whitespace-nowrap";

/** How agents have sorted a conversation: until when it is put aside, how much it presses, what it is about. */
export function Sorted({ conversation, isShort }: { conversation: Conversation; isShort?: boolean }) {
  const { words, format } = useWords();
  const now = new Date(useMinute());
  const { snoozed_until, woke_at, priority = "normal", tags = [] } = conversation;
  if (!isSortedOut(conversation)) return null;
  return (
    <span
      data-sorted
      className={
        isShort
          ? "flex min-w-0 items-center gap-2 overflow-hidden"
          : "mt-1 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-xs text-ink-faint"
      }
    >
      {priority !== "normal" && (
        <span className={`${CHIP} font-medium ${priority === "urgent" ? "text-danger" : "text-warn"}`}>
          <Icon name="flag" size="tiny" />
          {words.list.priorities[priority]}
        </span>
      )}
      {snoozed_until && (
        <span className={CHIP}>
          <Icon name="clock" size="tiny" />
          {words.list.until(format.when(new Date(snoozed_until), now))}
        </span>
      )}
      {woke_at && (
        <span className={`${CHIP} font-medium text-accent`}>
          <Icon name="clock" size="tiny" />
          {words.list.woke}
        </span>
      )}
      {tags.map((tag) => (
        <bdi
          key={tag}
          title={`${words.list.tags}: ${tag}`}
          className={`max-w-32 truncate rounded-md bg-hover px-1.5 text-ink-soft ${isShort ? "shrink-0" : ""}`}
        >
          {tag}
        </bdi>
      ))}
    </span>
  );
}
