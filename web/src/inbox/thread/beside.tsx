import { may } from "../../api/roles";
import type { Message } from "../../api/types";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { copyLink } from "../link";

const LOOK =
  "size-6 items-center justify-center rounded-md text-ink-faint opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 hover:bg-hover hover:text-ink";

/** What can be done with a message of anybody: shown beside it while it is pointed at or holds the focus. */
export function Beside({ message }: { message: Message }) {
  const { words } = useWords();
  const inbox = useInbox();
  const isTheirs = message.author.kind === "user";
  const canQuote = !message.deleted_at && may(inbox.me.role, "propose");
  return (
    <span
      className={`absolute top-1 flex ${isTheirs ? "left-full ml-1.5" : "right-full mr-1.5 flex-row-reverse"}`}
    >
      {canQuote && (
        <button
          type="button"
          aria-label={words.quote.quote}
          title={words.quote.quote}
          onClick={() => {
            inbox.setQuote(message.conversation_id, message.id);
            document.getElementById("composer")?.focus();
          }}
          className={`flex ${LOOK}`}
        >
          <Icon name="reply" size="small" />
        </button>
      )}
      {/* On a phone there is room for one; its keys and the palette copy the link of the conversation. */}
      <button
        type="button"
        data-link
        aria-label={words.link.copyMessage}
        title={words.link.copyMessage}
        onClick={() => void copyLink(message.conversation_id, message.seq, words.link)}
        className={`hidden pair:flex ${LOOK}`}
      >
        <Icon name="link" size="small" />
      </button>
    </span>
  );
}
