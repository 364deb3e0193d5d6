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
    const replaces = this.messages[place]?.seq === message.seq;
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

  /** The newest messages without a hole, and the notes that stand among them. */
  run(): { messages: Message[]; notes: Note[] } {
    let first = this.messages.length;
    while (first > 0 && (first === this.messages.length || this.seqAt(first - 1) === this.seqAt(first) - 1))
      first--;
    const from = this.messages[first]?.seq ?? 0;
    const notes = from <= 1 ? this.notes.slice() : this.notes.filter((note) => note.after_seq >= from);
    return { messages: this.messages.slice(first), notes };
  }

  /** The newest number known; 0 when there is none. */
  get lastSeq(): number {
    return this.messages.at(-1)?.seq ?? 0;
  }

  private seqAt(place: number): number {
    return this.messages[place]?.seq ?? 0;
  }
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
