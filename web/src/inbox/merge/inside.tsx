import { useCallback, useEffect, useState } from "react";
import { api } from "../../api/client";
import type { Message, Note } from "../../api/types";
import { Gallery } from "../../media/gallery";
import { Button } from "../../ui/button";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { Body } from "../thread/body";
import { Bubble, NoteView, Time } from "../thread/bubble";
import { mergeWords } from "./words";

/** Messages of one page. */
const PAGE = 50;

interface Shown {
  messages: readonly Message[];
  notes: readonly Note[];
}

/** What was said in a conversation that is merged into the one around it: to read, the newest page first. */
export function Inside({ conversation, title, user }: { conversation: string; title: string; user: string }) {
  const { words, language } = useWords();
  const own = mergeWords[language];
  const { me } = useInbox();
  const [shown, setShown] = useState<Shown | null>(null);
  const [state, setState] = useState<"loading" | "failed" | "there">("loading");
  const first = shown?.messages[0]?.seq;
  const fetchBefore = useCallback(
    async (before: number | undefined) => {
      setState("loading");
      const outcome = await api.thread(conversation, { limit: PAGE, ...(before && { before }) });
      if (outcome.kind !== "done") return setState("failed");
      const { messages, notes } = outcome.value;
      setShown((known) => ({
        messages: [...messages, ...(known?.messages ?? [])],
        notes: [...notes, ...(known?.notes ?? [])],
      }));
      setState("there");
    },
    [conversation],
  );
  useEffect(() => {
    setShown(null);
    void fetchBefore(undefined);
  }, [fetchBefore]);
  const nameOf = ({ author }: Message) =>
    author.kind === "user" ? user : author.kind === "agent" ? author.name : words.thread.system;
  const notesAfter = (seq: number) => shown?.notes.filter(({ after_seq }) => after_seq === seq) ?? [];
  return (
    <section
      aria-label={own.region(title)}
      data-merged-messages={conversation}
      className="mt-2 space-y-3 rounded-2xl border border-dashed border-line-strong bg-canvas p-3 text-sm text-ink"
    >
      {state === "there" && first !== undefined && first > 1 && (
        <div className="text-center">
          <Button look="line" onClick={() => void fetchBefore(first)}>
            {own.older}
          </Button>
        </div>
      )}
      <p role="status" className="text-center text-ink-faint empty:hidden">
        {state === "loading" && own.loading}
        {state === "there" && shown?.messages.length === 0 && own.nothing}
      </p>
      {state === "failed" && (
        <p role="alert" className="flex flex-wrap items-center justify-center gap-2 text-danger">
          {own.failed}
          <Button look="line" onClick={() => void fetchBefore(first)}>
            {words.list.retry}
          </Button>
        </p>
      )}
      <Gallery messages={shown?.messages ?? []} nameOf={nameOf}>
        {first === 1 && notesAfter(0).map((note) => <NoteView key={note.id} note={note} me={me.id} />)}
        {shown?.messages.map((message) => (
          <div key={message.id} className="space-y-3">
            <ReadOnly message={message} name={nameOf(message)} />
            {notesAfter(message.seq).map((note) => (
              <NoteView key={note.id} note={note} me={me.id} />
            ))}
          </div>
        ))}
      </Gallery>
    </section>
  );
}

/** A message to read: nothing can be done with it here. */
function ReadOnly({ message, name }: { message: Message; name: string }) {
  const { words } = useWords();
  const { author } = message;
  const body = message.deleted_at ? (
    <p className="text-sm text-ink-faint italic">{words.thread.deleted}</p>
  ) : (
    <Body parts={message.parts} isUsers={message.author.kind === "user"} />
  );
  if (author.kind === "system") {
    return <div className="flex justify-center py-1 text-center text-xs text-ink-faint">{body}</div>;
  }
  return (
    <article aria-label={name} data-seq={message.seq}>
      <Bubble
        side={author.kind}
        above={
          <>
            <bdi className="font-medium text-ink-soft">{name}</bdi> · <Time at={message.sent_at} />
          </>
        }
        below={message.edited_at && !message.deleted_at && words.thread.edited}
      >
        {body}
      </Bubble>
    </article>
  );
}
