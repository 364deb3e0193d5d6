// What a page leaves for the next one: the upper part of each list, and the threads that were looked at last.
import { VIEWS, type View } from "../api/types";
import type { Board } from "./board";
import type { Lists } from "./lists";
import type { Replica } from "./replica";
import { type Reach, type Snapshot, stamped } from "./snapshot";
import type { Threads } from "./threads";

/** What of it is kept: rows of each view, threads, messages of each. */
const KEPT_ROWS = 200;
const KEPT_THREADS = 30;
const KEPT_MESSAGES = 50;

export class Keeping {
  constructor(
    private readonly replica: Replica,
    private readonly board: Board,
    private readonly lists: Lists,
    private readonly threads: Threads,
  ) {}

  snapshot(head: Pick<Snapshot, "savedAt" | "agent" | "agents" | "mapAddress" | "mapTiles">): Snapshot {
    const { replica, board, lists } = this;
    const reaches = Object.fromEntries(
      VIEWS.map((view) => [view, lists.reachWithin(view, KEPT_ROWS)] as const),
    ) as Record<View, Reach | null>;
    const threads = this.threads.kept(KEPT_THREADS, KEPT_MESSAGES);
    const ids = new Set([...board.overlaidOnes(), ...threads.map(({ id }) => id)]);
    for (const view of VIEWS)
      for (const id of board.above(view, reaches[view]?.horizon ?? "nothing")) ids.add(id);
    return stamped({
      ...head,
      cursors: [...replica.cursors],
      counts: board.truthCounts,
      conversations: [...ids].flatMap((id) => replica.conversations.get(id) ?? []),
      reaches,
      threads,
    });
  }

  restore(snapshot: Snapshot): void {
    this.replica.restart(snapshot.cursors, snapshot.conversations);
    this.board.setCounts(snapshot.counts);
    this.threads.restore(snapshot.threads);
    this.board.refreshAll();
    this.lists.restore(snapshot.reaches);
  }
}
