import type { Message, Note } from "../api/types";

/**
 * What is known of one thread: messages by `seq`, notes by the message they stand after. There may be holes (a page from
 * long ago, a newer message by the feed); `seq` tells where, and only the run without a hole at the end is shown.
 */
export class ThreadLog {
  /** In order of `seq`, each once. */
  readonly messages: Message[] = [];
  /** In order of `after_seq`, then id. */
  readonly notes: Note[] = [];

  putMessage(message: Message): void {
    const place = lowerBound(this.messages, (known) => known.seq < message.seq);
    const known = this.messages[place];
    const replaces = known?.seq === message.seq;
    if (replaces && isOlder(message, known)) return;
    this.messages.splice(place, replaces ? 1 : 0, message);
  }

  putNote(note: Note): void {
    const old = this.notes.findIndex((known) => known.id === note.id);
    if (old >= 0) this.notes.splice(old, 1);
    const place = lowerBound(
      this.notes,
      (known) =>
        known.after_seq < note.after_seq || (known.after_seq === note.after_seq && known.id < note.id),
    );
    this.notes.splice(place, 0, note);
  }

  has(seq: number): boolean {
    const place = lowerBound(this.messages, (known) => known.seq < seq);
    return this.messages[place]?.seq === seq;
  }

  /** The newest messages without a hole, or those around `seq` if it is known, and the notes that stand among them. */
  run(seq: number | null = null): { messages: Message[]; notes: Note[] } {
    const isAround = seq !== null && this.has(seq);
    let end = this.messages.length - 1;
    if (isAround) {
      end = lowerBound(this.messages, (known) => known.seq < seq);
      while (end + 1 < this.messages.length && this.seqAt(end + 1) === this.seqAt(end) + 1) end++;
    }
    let first = end;
    while (first > 0 && this.seqAt(first - 1) === this.seqAt(first) - 1) first--;
    const messages = this.messages.slice(Math.max(first, 0), end + 1);
    const from = messages[0]?.seq ?? 0;
    const until = isAround && end < this.messages.length - 1 ? this.seqAt(end) : Number.POSITIVE_INFINITY;
    const isAmong = (note: Note) => (from <= 1 || note.after_seq >= from) && note.after_seq <= until;
    return { messages, notes: this.notes.filter(isAmong) };
  }

  /** The newest number known; 0 when there is none. */
  get lastSeq(): number {
    return this.messages.at(-1)?.seq ?? 0;
  }

  private seqAt(place: number): number {
    return this.messages[place]?.seq ?? 0;
  }
}

/** Whether a message is in an older state than the one known: an answer that was on its way for long may bring one. */
function isOlder(message: Message, known: Message): boolean {
  if (message.id !== known.id || message.deleted_at) return false;
  return Boolean(known.deleted_at) || (known.edited_at ?? "") > (message.edited_at ?? "");
}

/** The first place whose entry is not before what is looked for. */
export function lowerBound<T>(sorted: readonly T[], isBefore: (entry: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(sorted[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
