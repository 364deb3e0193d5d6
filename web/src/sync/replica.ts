import type { ChangePage, Conversation, Message, Note } from "../api/types";
import { placeOf } from "./cursor";
import { ThreadLog } from "./threadlog";

/** The headers as they were, of all conversations that something was said of. */
export type Before = Map<string, Conversation | undefined>;

/** What a page of changes did. `gap` and `other_history` mean that nothing was applied. */
export type Applied =
  | { kind: "applied"; before: Before }
  | { kind: "known" }
  | { kind: "gap" }
  | { kind: "other_history" };

/**
 * What the server said, and nothing else: state + changes = state. What this agent did and the server has not answered yet
 * lies over it (`overlay.ts`) and never in it.
 */
export class Replica {
  readonly conversations = new Map<string, Conversation>();
  readonly threads = new Map<string, ThreadLog>();
  /** The cursor of each team's feed. */
  readonly cursors = new Map<string, string>();
  /** Grows with each page of changes. */
  private clock = 0;
  /** Grows with everything that is taken in, from the feed or a request. */
  revision = 0;
  /** When the feed last spoke of a conversation. */
  private readonly spoken = new Map<string, number>();

  /** A mark to give to `merge` later: "I asked at this moment". */
  moment(): number {
    return this.clock;
  }

  /** Starts over from a snapshot. The threads stay, unless it is of another history, which gave their numbers anew. */
  restart(
    cursors: Iterable<readonly [team: string, cursor: string]>,
    conversations: readonly Conversation[],
  ): "same" | "other" {
    const known = new Set([...this.cursors.values()].map((cursor) => placeOf(cursor)?.epoch));
    this.cursors.clear();
    for (const [team, cursor] of cursors) this.cursors.set(team, cursor);
    const isSameHistory = [...this.cursors.values()].some((cursor) => known.has(placeOf(cursor)?.epoch));
    if (!isSameHistory) this.threads.clear();
    this.revision++;
    this.conversations.clear();
    this.spoken.clear();
    for (const conversation of conversations) this.conversations.set(conversation.id, conversation);
    return isSameHistory ? "same" : "other";
  }

  /** Applies a page of a team's feed. Twice, or overlapping what is known, ends the same. */
  apply(team: string, page: ChangePage): Applied {
    const here = placeOf(this.cursors.get(team) ?? "");
    const there = placeOf(page.cursor);
    if (!here || !there || here.epoch !== there.epoch) return { kind: "other_history" };
    if (there.seq <= here.seq) return { kind: "known" };
    const first = page.changes[0];
    if (first && BigInt(first.seq) > here.seq + 1n) return { kind: "gap" };

    this.clock++;
    this.revision++;
    const before: Before = new Map();
    for (const change of page.changes) {
      const id = change.conversation_id;
      before.set(id, this.conversations.get(id));
      if (change.kind === "conversation_erased") {
        this.conversations.delete(id);
        this.threads.delete(id);
        continue;
      }
      if (change.message) this.thread(id).putMessage(change.message);
      if (change.note) this.thread(id).putNote(change.note);
    }
    for (const header of page.conversations) {
      before.set(header.id, this.conversations.get(header.id));
      this.conversations.set(header.id, header);
    }
    for (const id of before.keys()) this.spoken.set(id, this.clock);
    this.cursors.set(team, page.cursor);
    return { kind: "applied", before };
  }

  /**
   * Takes in what a request answered. The feed may have said newer things while the request travelled: a header that it
   * spoke of since `asked` stays as it is.
   */
  merge(
    asked: number,
    headers: readonly Conversation[],
    messages: readonly Message[] = [],
    notes: readonly Note[] = [],
  ): Before {
    this.revision++;
    const before: Before = new Map();
    for (const header of headers) {
      if (this.hasSpokenSince(asked, header.id)) continue;
      before.set(header.id, this.conversations.get(header.id));
      this.conversations.set(header.id, header);
    }
    for (const message of messages) this.thread(message.conversation_id).putMessage(message);
    for (const note of notes) this.thread(note.conversation_id).putNote(note);
    return before;
  }

  private hasSpokenSince(asked: number, id: string): boolean {
    return (this.spoken.get(id) ?? -1) > asked;
  }

  thread(id: string): ThreadLog {
    let thread = this.threads.get(id);
    if (!thread) {
      thread = new ThreadLog();
      this.threads.set(id, thread);
    }
    return thread;
  }

  /** Forgets threads that were not used lately; they come again by page. */
  forgetThreads(keep: ReadonlySet<string>): void {
    for (const id of this.threads.keys()) if (!keep.has(id)) this.threads.delete(id);
  }
}
