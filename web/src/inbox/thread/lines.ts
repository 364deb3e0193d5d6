import type { Conversation, HeldReply, Message, Note } from "../../api/types";
import type { NoteIntent, ReplyIntent } from "../../sync/intent";

/** One line of a thread, in the order of reading. The key stays when a pending message is confirmed: no flicker. */
export type Line =
  | { kind: "day"; key: string; at: Date }
  | { kind: "new"; key: string }
  | { kind: "identified"; key: string }
  | { kind: "routed"; key: string }
  | { kind: "merge"; key: string; mark: MergeMark }
  | { kind: "message"; key: string; message: Message; isFollowing: boolean }
  | { kind: "note"; key: string; note: Note }
  | { kind: "held"; key: string; held: HeldReply }
  | { kind: "pending"; key: string; intent: ReplyIntent | NoteIntent };

/** What a thread says of merges: another came into it, or went; it went into another, or came back. */
export interface MergeMark {
  what: "came" | "went" | "into" | "back";
  /** The other one. */
  other: string;
  /** The message after which it stands. */
  after: number;
}

/** What the header of a thread tells of merges. */
export function mergeMarks({ merged = [], merged_into: into }: Conversation): MergeMark[] {
  const marks: MergeMark[] = [];
  for (const { conversation_id: other, after_seq: after, parted } of merged) {
    marks.push({ what: "came", other, after });
    if (parted) marks.push({ what: "went", other, after: parted.after_seq });
  }
  if (into) {
    const other = into.conversation_id;
    marks.push({ what: "into", other, after: into.after_seq });
    if (into.parted) marks.push({ what: "back", other, after: into.parted.after_seq });
  }
  return marks;
}

/** Messages of one author closer than this stand together. */
const TOGETHER_MS = 5 * 60_000;

/** Among so many of the last messages one is looked for that was held a moment ago. */
const RECENT = 50;

/** Lays out a thread. `newAfter` is the last message that was read when it was opened; null when all were. */
export function linesOf(
  thread: {
    messages: readonly Message[];
    notes: readonly Note[];
    pending: readonly (ReplyIntent | NoteIntent)[];
  },
  newAfter: number | null,
  /** The message after which the user, anonymous before, was known; null: nothing changed. */
  identifiedAfter: number | null = null,
  /** Replies that wait on the server. */
  waiting: readonly HeldReply[] = [],
  /** The message after which it came to somebody by itself, or went back; null: it was by hand. */
  routedAfter: number | null = null,
  /** Where it was merged with others. */
  merges: readonly MergeMark[] = [],
): Line[] {
  const lines: Line[] = [];
  let day = "";
  let previous: Message | null = null;
  let isMarked = false;
  // The key is of what follows and not of the date: clocks go back, and a date can come twice.
  const dayLine = (at: Date, before: string) => {
    const text = at.toDateString();
    if (text === day) return;
    day = text;
    previous = null;
    lines.push({ kind: "day", key: `day ${before}`, at });
  };
  let place = 0;
  const notesUpTo = (seq: number) => {
    for (let note = thread.notes[place]; note && note.after_seq <= seq; note = thread.notes[++place]) {
      dayLine(new Date(note.created_at), note.id);
      lines.push({ kind: "note", key: note.id, note });
      previous = null;
    }
  };
  const identify = () => {
    lines.push({ kind: "identified", key: "identified" });
    previous = null;
  };
  const route = () => {
    lines.push({ kind: "routed", key: "routed" });
    previous = null;
  };
  const merge = (after: number) => {
    for (const mark of merges) {
      if (mark.after !== after) continue;
      lines.push({ kind: "merge", key: `${mark.what} ${mark.other}`, mark });
      previous = null;
    }
  };
  if (identifiedAfter === 0) identify();
  if (routedAfter === 0) route();
  merge(0);
  notesUpTo((thread.messages[0]?.seq ?? Number.POSITIVE_INFINITY) - 1);
  for (const message of thread.messages) {
    dayLine(new Date(message.sent_at), message.id);
    if (newAfter !== null && !isMarked && message.seq > newAfter && message.author.kind === "user") {
      lines.push({ kind: "new", key: "new" });
      isMarked = true;
      previous = null;
    }
    lines.push({ kind: "message", key: message.id, message, isFollowing: belongTogether(previous, message) });
    previous = message;
    notesUpTo(message.seq);
    if (message.seq === identifiedAfter) identify();
    if (message.seq === routedAfter) route();
    merge(message.seq);
  }
  // The header may be older than the messages: what stands there is not held any more.
  const isOut = new Set(thread.messages.slice(-RECENT).map(({ id }) => id));
  const held = waiting.filter(({ id }) => !isOut.has(id));
  for (const reply of held) lines.push({ kind: "held", key: reply.id, held: reply });
  const isHeld = new Set(held.map(({ id }) => id));
  for (const intent of thread.pending) {
    if (!isHeld.has(intent.id)) lines.push({ kind: "pending", key: intent.id, intent });
  }
  return lines;
}

function belongTogether(previous: Message | null, message: Message): boolean {
  if (!previous || previous.author.kind !== message.author.kind) return false;
  const isSame =
    "id" in previous.author && "id" in message.author && previous.author.id === message.author.id;
  return isSame && Date.parse(message.sent_at) - Date.parse(previous.sent_at) < TOGETHER_MS;
}
