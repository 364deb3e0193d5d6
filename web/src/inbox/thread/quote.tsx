import { useLocation } from "wouter";
import type { Message } from "../../api/types";
import { pathOf, placeOf } from "../../paths";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { previewOf } from "../list/preview";

const LOOK = "block min-w-0 border-l-2 border-accent-line pl-2 text-left text-sm text-ink-soft";

function useQuoted(conversation: string, id: string): Message | undefined {
  return useWatched(`thread:${conversation}`, (it) =>
    it.thread(conversation).messages.find((m) => m.id === id),
  );
}

/** How a quoted message begins: who said it, and one line of it. */
function Head({ message, user }: { message: Message | undefined; user: string }) {
  const { words } = useWords();
  const { me } = useInbox();
  if (!message) return <span className="italic">{words.quote.unknown}</span>;
  const { author } = message;
  const name =
    author.kind === "user"
      ? user
      : author.kind === "system"
        ? words.thread.system
        : author.id === me.id
          ? words.thread.you
          : author.name;
  return (
    <>
      <bdi className="block text-xs font-medium">{name}</bdi>
      <span dir="auto" className="line-clamp-2 [overflow-wrap:anywhere]">
        {message.deleted_at ? words.thread.deleted : previewOf(message, words)}
      </span>
    </>
  );
}

/** What a message of a thread answers; leads there when it is loaded. */
export function Quoted({ conversation, id, user }: { conversation: string; id: string; user: string }) {
  const { words } = useWords();
  const [path, navigate] = useLocation();
  const message = useQuoted(conversation, id);
  const head = <Head message={message} user={user} />;
  if (!message) return <p className={LOOK}>{head}</p>;
  return (
    <button
      type="button"
      data-quoted={id}
      title={words.quote.jump}
      onClick={() => navigate(pathOf({ ...placeOf(path), message: message.seq }))}
      className={`${LOOK} hover:text-ink`}
    >
      {head}
    </button>
  );
}

/** What the reply being written answers, above its field. */
export function Quoting({ conversation, user }: { conversation: string; user: string }) {
  const { words } = useWords();
  const inbox = useInbox();
  const id = useWatched(`draft:${conversation}`, (it) => it.quoted(conversation));
  const message = useQuoted(conversation, id ?? "");
  if (id === undefined) return null;
  return (
    <div data-quoting={id} className="flex items-start gap-2 px-3.5 pt-2.5">
      <div role="status" className={`${LOOK} flex-1`}>
        <span className="sr-only">{words.quote.quoting}</span> <Head message={message} user={user} />
      </div>
      <button
        type="button"
        aria-label={words.quote.drop}
        title={words.quote.drop}
        onClick={() => {
          inbox.setQuote(conversation, undefined);
          document.getElementById("composer")?.focus();
        }}
        className="rounded-md p-1 text-ink-faint hover:bg-hover hover:text-ink"
      >
        <Icon name="close" size="small" />
      </button>
    </div>
  );
}
