// What the server tells by itself: the changes of each team's feed, over the socket and by catching up, and who types.
import type { Api } from "../api/client";
import type { ChangePage, Message, Note, ServerFrame } from "../api/types";
import type { Board } from "./board";
import type { Lists } from "./lists";
import type { Looking } from "./looking";
import type { Replica } from "./replica";
import type { Threads } from "./threads";
import type { Typing } from "./typing";

/** Changes asked for at once. */
const PAGE_CHANGES = 1000;
/** How long after a page came to life the changes are still those that it had missed. */
const SETTLES_MS = 1_500;

/** What the feeds lead to. */
export interface FeedsWorld {
  api: Api;
  replica: Replica;
  board: Board;
  lists: Lists;
  threads: Threads;
  typing: Typing;
  looking: Looking;
  elapsed: () => number;
  me: () => string;
  /** Changes were applied. */
  applied: () => void;
  /** What is known is of another history, or too old. */
  startOver: () => void;
  signedOut: () => void;
}

export class Feeds {
  private readonly arrivals = new Set<(message: Message) => void>();
  private readonly mentions = new Set<(note: Note) => void>();
  /** Since when changes are news: what comes in the first moments of a page is what was missed before it. */
  private newsFrom = Number.POSITIVE_INFINITY;

  constructor(private readonly world: FeedsWorld) {}

  /** Tells of messages of users as they arrive; ends with the function it answers. */
  onArrival(listener: (message: Message) => void): () => void {
    this.arrivals.add(listener);
    return () => this.arrivals.delete(listener);
  }

  /** Tells of notes that mention this agent as they are written; ends with the function it answers. */
  onMention(listener: (note: Note) => void): () => void {
    this.mentions.add(listener);
    return () => this.mentions.delete(listener);
  }

  /** The line is live. */
  live(): void {
    this.newsFrom = Math.min(this.newsFrom, this.world.elapsed() + SETTLES_MS);
  }

  heard(frame: ServerFrame): void {
    if (frame.type === "changes") this.apply(frame.team_id, frame.page);
    if (frame.type === "typing" && frame.agent_id !== this.world.me()) {
      this.world.typing.hear(frame.conversation_id, frame.agent_id ?? null);
    }
    if (frame.type === "viewing" && frame.agent_id !== this.world.me()) {
      this.world.looking.hear(frame.conversation_id, frame.agent_id, frame.left ?? false);
    }
    if (frame.type === "reset") this.world.startOver();
  }

  private apply(team: string, page: ChangePage): boolean {
    const { replica, board, threads, lists, startOver } = this.world;
    const applied = replica.apply(team, page);
    if (applied.kind === "other_history") startOver();
    if (applied.kind === "gap") void this.catchUp();
    if (applied.kind !== "applied") return applied.kind === "known";
    const opened = new Set(
      page.changes
        .filter(({ kind }) => kind === "conversation_opened")
        .map((change) => change.conversation_id),
    );
    board.count(applied.before, (id) => opened.has(id));
    board.refresh(applied.before.keys());
    for (const id of applied.before.keys()) threads.touch(id);
    this.tell(page);
    if (
      page.changes.some(
        ({ kind, note }) => kind !== "receipt_moved" && (kind !== "note_added" || note?.mentions),
      )
    )
      lists.recountSoon();
    return true;
  }

  /** Says what of a page is news. */
  private tell({ changes }: ChangePage): void {
    for (const { message } of changes) {
      if (message) this.world.typing.over(message.conversation_id, message.author);
    }
    this.world.applied();
    if (this.world.elapsed() < this.newsFrom) return;
    const me = this.world.me();
    for (const { kind, message, note } of changes) {
      const isTheirs = note?.agent_id !== me && note?.mentions?.some((it) => it.agent_id === me);
      if (kind === "note_added" && note && isTheirs) for (const listener of this.mentions) listener(note);
      if (kind !== "message_added" || message?.author.kind !== "user") continue;
      for (const listener of this.arrivals) listener(message);
    }
  }

  /** Asks each feed over HTTP for what the socket did not bring. */
  async catchUp(): Promise<void> {
    const { api, replica, startOver, signedOut } = this.world;
    for (const team of replica.cursors.keys()) {
      for (let more = true; more; ) {
        const cursor = replica.cursors.get(team);
        if (cursor === undefined) break;
        const outcome = await api.changes(team, cursor, PAGE_CHANGES);
        if (outcome.kind === "signed_out") signedOut();
        if (outcome.kind !== "done") return;
        if (outcome.value.status === "reset") return startOver();
        more = this.apply(team, outcome.value) && outcome.value.more;
      }
    }
  }
}
