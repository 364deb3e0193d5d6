import { useEffect, useRef, useState } from "react";
import { useInbox, useWatched } from "../inbox/context";
import { userName } from "../inbox/people";
import { useWords } from "../words/words";

/** Not more often than this: a flood of messages must not be a flood of speech. */
const APART_MS = 2_000;

/** Tells screen readers what happens in the open conversation; one polite voice for the whole page. */
export function Announcer({ open }: { open: string | null }) {
  const { words } = useWords();
  const inbox = useInbox();
  const [text, setText] = useState("");
  const spokeAt = useRef(Number.NEGATIVE_INFINITY);
  const conversation = useWatched(`conversation:${open}`, (it) => (open ? it.conversation(open) : undefined));
  const held = useWatched("outbox", (it) => it.held());
  const known = useRef<{ id: string | null; seq: number; held: number }>({ id: null, seq: 0, held: 0 });

  useEffect(() => {
    const message = conversation?.last_message;
    const before = known.current;
    known.current = { id: open, seq: conversation?.last_seq ?? 0, held: held.length };
    const isMoved = held.length > before.held && held.some((intent) => intent.held?.why === "moved");
    const isNew = before.id === open && conversation && message && conversation.last_seq > before.seq;
    const now = performance.now();
    if (!isMoved && now - spokeAt.current < APART_MS) return;
    if (isMoved) setText(words.held.announce);
    else if (isNew && message.author.kind === "user") {
      setText(words.thread.arrived(userName(conversation, words.list.anonymous)));
    } else if (isNew && message.author.kind === "agent" && message.author.id === inbox.me.id)
      setText(words.status.sent);
    else return;
    spokeAt.current = now;
  }, [open, conversation, held, inbox, words]);

  return (
    <p role="status" aria-live="polite" className="sr-only">
      {text}
    </p>
  );
}
