import type { Api, Outcome } from "../api/client";
import { type Conversation, type ConversationPage, VIEWS, type View, type ViewCounts } from "../api/types";
import type { Board } from "./board";
import type { Replica } from "./replica";
import { filterOf, isByWait, type Listed } from "./shelf";
import type { Signals } from "./signals";
import type { Reach } from "./snapshot";
import { type Horizon, positionOf } from "./views";

export interface ListSnapshot {
  rows: readonly string[];
  /** Whether rows below the last one exist or may exist. */
  hasMore: boolean;
  status: "idle" | "loading" | "failed";
  /** Whether the view was asked for at all; an empty list means nothing before that. */
  isKnown: boolean;
}

interface Paging {
  next: string | null;
  isKnown: boolean;
  status: ListSnapshot["status"];
}

const PAGE_ROWS = 50;
/** Of a page when somebody waits for all of them: as many as the server gives. */
const WHOLE_ROWS = 100;
const COUNTS_SOON_MS = 400;
const COUNTS_APART_MS = 3_000;

/** Fetches the pages of the views as somebody scrolls to them, and the counts when they may have changed. */
export class Lists {
  private readonly paging = new Map<Listed, Paging>();
  private readonly snapshots = new Map<Listed, ListSnapshot>();
  private countsTimer: ReturnType<typeof setTimeout> | null = null;
  private countsAt = 0;
  /** Grows with each restart: a page that was asked for before it is not taken in. */
  private era = 0;
  /** The pages that are on their way. */
  private readonly coming = new Map<Listed, Promise<void>>();
  /** Where each page ended, from the first: a later start may take up any of them. */
  private readonly ends = new Map<Listed, Reach[]>();

  constructor(
    private readonly api: Api,
    private readonly replica: Replica,
    private readonly board: Board,
    private readonly signals: Signals,
    private readonly onSignedOut: () => void,
  ) {}

  /** After a bootstrap: its page is the first of `all`, the other views are unknown again. */
  restart(conversations: readonly Conversation[], next: string | null): void {
    this.begin();
    const all = this.all();
    for (const view of all) {
      this.paging.set(view, { next: null, isKnown: false, status: "idle" });
      this.board.reach(view, "nothing");
    }
    this.ends.clear();
    this.reached("all", { horizon: horizonOf(conversations, next), next });
    for (const view of all) this.changed(view);
  }

  /** Goes on where an earlier page stopped. */
  restore(reaches: Readonly<Record<View, Reach | null>>): void {
    this.begin();
    this.ends.clear();
    for (const view of VIEWS) {
      const reach = reaches[view];
      this.paging.set(view, { next: null, isKnown: false, status: "idle" });
      if (reach) this.reached(view, reach);
      else this.board.reach(view, "nothing");
      this.changed(view);
    }
  }

  private begin(): void {
    this.era++;
    this.coming.clear();
  }

  /** The end of the last page that keeps a view within so many rows; the first page's if even that is longer. */
  reachWithin(view: Listed, rows: number): Reach | null {
    const ends = this.ends.get(view) ?? [];
    const fits = ends.findLast((end) => this.board.above(view, end.horizon).length <= rows);
    return fits ?? ends[0] ?? null;
  }

  snapshot(view: Listed): ListSnapshot {
    const rows = this.board.rows(view);
    const known = this.snapshots.get(view);
    if (known && known.rows === rows) return known;
    const { isKnown, next, status } = this.pagingOf(view);
    const snapshot = { rows, isKnown, status, hasMore: !isKnown || next !== null };
    this.snapshots.set(view, snapshot);
    return snapshot;
  }

  /** Fetches the first page if there is none yet. */
  async ensure(view: Listed): Promise<void> {
    const { isKnown, status } = this.pagingOf(view);
    if (!isKnown && status === "idle") await this.more(view);
  }

  /** Fetches page after page until the view is whole or holds so many rows; false when a page did not come. */
  async whole(view: Listed, most: number): Promise<boolean> {
    for (;;) {
      const missing = most - this.board.rows(view).length;
      if (missing <= 0 || !this.snapshot(view).hasMore) return true;
      await this.more(view, Math.min(WHOLE_ROWS, missing));
      if (this.pagingOf(view).status === "failed") return false;
    }
  }

  /** Fetches the next page; a page that is on its way is waited for. */
  more(view: Listed, rows = PAGE_ROWS): Promise<void> {
    const coming = this.coming.get(view);
    if (coming) return coming;
    const page = this.fetch(view, rows).finally(() => {
      if (this.coming.get(view) === page) this.coming.delete(view);
    });
    this.coming.set(view, page);
    return page;
  }

  private async fetch(view: Listed, rows: number): Promise<void> {
    const paging = this.pagingOf(view);
    if (paging.isKnown && paging.next === null) return;
    this.set(view, { ...paging, status: "loading" });
    const era = this.era;
    const asked = this.replica.moment();
    const { counted } = this.board;
    const outcome: Outcome<ConversationPage> = await this.api.conversations({
      ...(filterOf(view) ?? { view: "all" }),
      limit: rows,
      ...(paging.next === null ? {} : { before: paging.next }),
    });
    if (era !== this.era) return;
    if (outcome.kind === "signed_out") this.onSignedOut();
    if (outcome.kind !== "done") {
      this.set(view, { ...paging, status: "failed" });
      return;
    }
    const { conversations, counts } = outcome.value;
    const next = outcome.value.next ?? null;
    const before = this.replica.merge(asked, conversations);
    this.takeCounts(counts, counted);
    this.reached(view, { horizon: horizonOf(conversations, next, isByWait(view)), next });
    this.board.refresh(before.keys());
    this.changed(view);
  }

  /** Tries again what failed while the server was away. */
  heal(): void {
    for (const view of this.all()) if (this.pagingOf(view).status === "failed") void this.more(view);
  }

  /** Asks for the counts soon, and not more often than each three seconds. */
  recountSoon(): void {
    if (this.countsTimer !== null) return;
    const wait = Math.max(COUNTS_SOON_MS, this.countsAt + COUNTS_APART_MS - performance.now());
    this.countsTimer = setTimeout(() => void this.recount(), wait);
  }

  stop(): void {
    if (this.countsTimer !== null) clearTimeout(this.countsTimer);
  }

  private async recount(): Promise<void> {
    this.countsAt = performance.now();
    const { counted } = this.board;
    const outcome = await this.api.conversations({ view: "all", limit: 1 });
    this.countsTimer = null;
    if (outcome.kind === "done") this.takeCounts(outcome.value.counts, counted);
  }

  /** What was counted here since they were asked for may be missing in the server's counts: then they are asked once more. */
  private takeCounts(counts: ViewCounts, counted: number): void {
    if (this.board.counted === counted) this.board.setCounts(counts);
    else this.recountSoon();
  }

  private reached(view: Listed, reach: Reach): void {
    this.paging.set(view, { next: reach.next, isKnown: true, status: "idle" });
    this.board.reach(view, reach.horizon);
    this.ends.set(view, [...(this.ends.get(view) ?? []), reach]);
  }

  /** The views, and those lists that somebody narrowed down. */
  private all(): readonly Listed[] {
    return [...new Set<Listed>([...VIEWS, ...this.paging.keys()])];
  }

  private pagingOf(view: Listed): Paging {
    return this.paging.get(view) ?? { next: null, isKnown: false, status: "idle" };
  }

  private set(view: Listed, paging: Paging): void {
    this.paging.set(view, paging);
    this.changed(view);
  }

  private changed(view: Listed): void {
    this.snapshots.delete(view);
    this.signals.touch(`view:${view}`);
  }
}

function horizonOf(conversations: readonly Conversation[], next: string | null, isByWait = false): Horizon {
  const last = conversations.at(-1);
  return next === null || !last ? "all" : positionOf(last, isByWait);
}
