import { memo, type ReactNode, use } from "react";
import type { Message, Note } from "../../api/types";
import { OpenLedger } from "../../ledger/context";
import { wordsOf } from "../../sync/overlay";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useWatched } from "../context";
import { Beside } from "./beside";
import { Body } from "./body";
import { EditBox, OwnActions } from "./edit";
import { NoteWords } from "./parts";
import { Quoted } from "./quote";
import { type Status, StatusMark } from "./status";

const SIDES = {
  user: "items-start",
  agent: "items-end",
} as const;

const LOOKS = {
  user: "border border-line bg-surface rounded-bl-md",
  agent: "bg-accent-soft rounded-br-md",
  held: "border border-dashed border-line-strong bg-surface rounded-br-md",
  failed: "border border-danger-line bg-danger-soft rounded-br-md",
} as const;

/** The shape of a message of either side. */
export function Bubble({
  side,
  look = side,
  above,
  below,
  beside,
  children,
}: {
  side: keyof typeof SIDES;
  look?: keyof typeof LOOKS;
  above?: ReactNode;
  below?: ReactNode;
  beside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className={`flex flex-col gap-1 ${SIDES[side]}`}>
      {above && <p className="px-1 text-xs text-ink-faint">{above}</p>}
      <div className="relative max-w-[min(38rem,88%)]">
        <div
          className={`space-y-2 rounded-2xl px-3.5 py-2 has-[>[data-pictures]:only-child]:p-1 [&>[data-pictures]]:-mx-2 [&>[data-pictures]]:max-w-[calc(100%+1rem)] [&>[data-pictures]:only-child]:mx-0 [&>[data-pictures]:only-child]:max-w-full ${LOOKS[look]}`}
        >
          {children}
        </div>
        {beside}
      </div>
      {below && <div className="flex items-center gap-2 px-1 text-xs text-ink-faint">{below}</div>}
    </div>
  );
}

/** The shape of a note: paper across the whole width, so that nobody takes it for something the user sees. */
export function NotePaper({
  author,
  time,
  children,
}: {
  author: string;
  time: ReactNode;
  children: ReactNode;
}) {
  const { words } = useWords();
  return (
    <div className="rounded-xl border border-note-line bg-note px-4 py-2.5">
      <p className="mb-1 flex flex-wrap items-center gap-x-2 text-xs text-note-ink">
        <Icon name="note" size="small" />
        <span className="font-semibold">{words.thread.note}</span>
        <span>
          <bdi>{author}</bdi> · {time}
        </span>
        <span className="ml-auto">{words.thread.noteHint}</span>
      </p>
      {children}
    </div>
  );
}

export function Time({ at }: { at: string }) {
  const { format } = useWords();
  const date = new Date(at);
  return (
    <time dateTime={at} title={format.full(date)} className="numeric">
      {format.time(date)}
    </time>
  );
}

/** A message that the server has. */
export const MessageView = memo(function MessageView({
  message,
  isFollowing,
  status,
  user,
  me,
}: {
  message: Message;
  isFollowing: boolean;
  /** Of what an agent wrote, on the last message it is true of; null elsewhere. */
  status: Status | null;
  user: string;
  me: string;
}) {
  const { words } = useWords();
  const openLedger = use(OpenLedger);
  const editing = useWatched("editing", (inbox) => inbox.editing(message.id));
  const { author } = message;
  // A place that moves is not edited.
  const isEdited = message.edited_at && message.parts[0]?.type !== "live_location";
  const body = message.deleted_at ? (
    <p className="text-sm text-ink-faint italic">{words.thread.deleted}</p>
  ) : (
    <Body parts={message.parts} isUsers={author.kind === "user"} of={message} />
  );
  // What the company itself says is a message like others; what happened is told in passing.
  const says = author.kind === "system" && message.parts.some(({ type }) => type !== "system");
  if (author.kind === "system" && !says) {
    return <div className="flex justify-center py-1 text-center text-xs text-ink-faint">{body}</div>;
  }
  const isOwn = author.kind === "agent" && author.id === me;
  const name =
    author.kind === "user"
      ? user
      : author.kind === "system"
        ? words.thread.system
        : author.id === me
          ? words.thread.you
          : author.name;
  return (
    <article aria-label={name} data-message={message.id} data-seq={message.seq} className="group">
      <Bubble
        side={author.kind === "user" ? "user" : "agent"}
        above={
          !isFollowing && (
            <>
              <bdi className="font-medium text-ink-soft">{name}</bdi> · <Time at={message.sent_at} />
            </>
          )
        }
        beside={<Beside message={message} />}
        below={
          (status || isEdited || (isOwn && !message.deleted_at)) && (
            <>
              {isOwn && !message.deleted_at && !editing && (
                <OwnActions
                  conversation={message.conversation_id}
                  message={message.id}
                  canEdit={wordsOf(message) !== null}
                  onLedger={status ? null : openLedger}
                />
              )}
              {isEdited && words.thread.edited}
              {status && (
                <button
                  type="button"
                  aria-haspopup="dialog"
                  title={words.ledger.open}
                  onClick={() => openLedger(message.id)}
                  className="-mx-1 inline-flex min-h-6 items-center rounded-md px-1 hover:bg-hover"
                >
                  <StatusMark status={status} />
                  <span className="sr-only">. {words.ledger.open}</span>
                </button>
              )}
            </>
          )
        }
      >
        {message.quote && !message.deleted_at && (
          <Quoted conversation={message.conversation_id} id={message.quote} user={user} />
        )}
        {editing ? <EditBox editing={editing} /> : body}
      </Bubble>
    </article>
  );
});

/** A note that the server has. */
export const NoteView = memo(function NoteView({ note, me }: { note: Note; me: string }) {
  const { words } = useWords();
  return (
    <article aria-label={words.thread.note} data-note={note.id}>
      <NotePaper
        author={note.agent_id === me ? words.thread.you : note.agent_name}
        time={<Time at={note.created_at} />}
      >
        <NoteWords text={note.text} mentions={note.mentions ?? []} />
      </NotePaper>
    </article>
  );
});
