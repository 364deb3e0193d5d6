import type { Api } from "../api/client";
import type { Message, Note } from "../api/types";
import type { Board } from "./board";
import type { Intent, NoteIntent, ReplyIntent } from "./intent";
import { amended } from "./overlay";
import type { Replica } from "./replica";
import type { Signals } from "./signals";
import type { Snapshot } from "./snapshot";

export interface ThreadSnapshot {
  phase: "loading" | "ready" | "missing" | "failed";
  /** Without a hole, up to the newest. */
  messages: readonly Message[];
  notes: readonly Note[];
  /** Written here and not yet confirmed, in the order of writing. */
  pending: readonly (ReplyIntent | NoteIntent)[];
  hasOlder: boolean;
  older: "idle" | "loading" | "failed";
  /** Whether it ends before the newest message: somebody looks at an old place. */
  hasNewer: boolean;
}

interface Paging {
  phase: ThreadSnapshot["phase"];
  older: ThreadSnapshot["older"];
  /** A page of newer messages is on its way. */
  isForward?: boolean;
  /** Newer messages could not be fetched: what is shown stays, and is asked for again when the server is back. */
  isStale?: boolean;
}

const PAGE_MESSAGES = 50;
/** Of the page around a message, how many come after it. */
const AFTER_IT = 20;
/** Threads whose messages stay in memory. */
const KEPT = 60;

const NOTHING: ThreadSnapshot = {
  phase: "loading",
  messages: [],
  notes: [],
  pending: [],
  hasOlder: false,
  older: "idle",
  hasNewer: false,
};

/** The messages of the threads that somebody opens: the newest page first, older ones on demand. */
export class Threads {
  private readonly paging = new Map<string, Paging>();
  private readonly snapshots = new Map<string, ThreadSnapshot>();
  private recent: string[] = [];
  /** The message that a thread is opened at; absent: at its end. */
  private readonly anchors = new Map<string, number>();

  constructor(
    private readonly api: Api,
    private readonly replica: Replica,
    private readonly board: Board,
    private readonly intentsOf: (conversation: string) => readonly Intent[],
    private readonly signals: Signals,
    private readonly onSignedOut: () => void,
  ) {}

  snapshot(id: string): ThreadSnapshot {
    let snapshot = this.snapshots.get(id);
    if (!snapshot) {
      snapshot = this.build(id);
      this.snapshots.set(id, snapshot);
    }
    return snapshot;
  }

  /** Something about a thread changed: build its snapshot anew when somebody looks. */
  touch(id: string): void {
    this.snapshots.delete(id);
    this.signals.touch(`thread:${id}`);
  }

  /** Makes sure that a thread's newest page is here, or the one around the message `seq`. */
  async open(id: string, seq: number | null = null): Promise<void> {
    this.recent = [id, ...this.recent.filter((other) => other !== id)];
    this.forget();
    if (seq === null) this.anchors.delete(id);
    else this.anchors.set(id, seq);
    await this.load(id, seq);
  }

  /** Fetches the newest pages of threads that are likely to be opened next, one after the other. */
  async ahead(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (this.paging.has(id)) continue;
      const [current, ...others] = this.recent;
      this.recent = [...(current ? [current] : []), id, ...others.filter((other) => other !== id)];
      this.forget();
      await this.load(id, null);
      if (this.paging.get(id)?.phase !== "ready") return;
    }
  }

  /** Takes threads over that an earlier page had; what has come since is told by the feed. */
  restore(threads: Snapshot["threads"]): void {
    const asked = this.replica.moment();
    for (const { id, messages, notes } of threads) {
      this.replica.merge(asked, [], messages, notes);
      this.recent.push(id);
      this.set(id, { phase: "ready", older: "idle" });
    }
  }

  /** The ends of the threads that were looked at last, without a hole. */
  kept(threads: number, messages: number): Snapshot["threads"] {
    return this.recent
      .filter((id) => this.paging.get(id)?.phase === "ready" && this.holds(id, null))
      .slice(0, threads)
      .flatMap((id) => {
        const run = this.replica.threads.get(id)?.run();
        if (!run) return [];
        const end = run.messages.slice(-messages);
        const from = end[0]?.seq ?? 0;
        const isAmong = ({ after_seq }: Note) => from <= 1 || after_seq >= from;
        return [{ id, messages: end, notes: run.notes.filter(isAmong) }];
      });
  }

  private async load(id: string, seq: number | null): Promise<void> {
    const known = this.paging.get(id);
    if (known?.phase === "loading") return;
    if (known?.phase === "ready" && this.holds(id, seq)) return this.touch(id);
    // What was shown once stays on the screen while newer things are fetched.
    const wasReady = known?.phase === "ready" && seq === null;
    if (!wasReady) this.set(id, { phase: "loading", older: "idle" });
    const lost: Paging = wasReady
      ? { phase: "ready", older: "idle", isStale: true }
      : { phase: "failed", older: "idle" };
    await this.fetch(id, seq, lost);
  }

  private async fetch(id: string, seq: number | null, lost: Paging): Promise<void> {
    const asked = this.replica.moment();
    const around = seq === null ? {} : { before: Math.max(seq + AFTER_IT, PAGE_MESSAGES + 1) };
    const outcome = await this.api.thread(id, { limit: PAGE_MESSAGES, ...around });
    switch (outcome.kind) {
      case "done": {
        const { conversation, messages, notes } = outcome.value;
        this.board.refresh(this.replica.merge(asked, [conversation], messages, notes).keys());
        // Meanwhile it was opened at another place: an old place must not pass for its end.
        const wanted = this.anchors.get(id) ?? null;
        if (wanted !== seq && !this.holds(id, wanted)) return this.fetch(id, wanted, lost);
        this.set(id, { phase: "ready", older: "idle" });
        return;
      }
      case "signed_out":
        this.onSignedOut();
        this.set(id, lost);
        return;
      case "lost":
        this.set(id, lost);
        return;
      case "refused":
        this.set(id, { phase: "missing", older: "idle" });
    }
  }

  /** Fetches the page before the oldest message shown. */
  async older(id: string): Promise<void> {
    const { phase, older, hasOlder, messages } = this.snapshot(id);
    const first = messages[0];
    if (phase !== "ready" || older === "loading" || !hasOlder || !first) return;
    this.set(id, { phase, older: "loading" });
    const asked = this.replica.moment();
    const outcome = await this.api.thread(id, { before: first.seq, limit: PAGE_MESSAGES });
    if (outcome.kind === "done") {
      const { conversation, messages: page, notes } = outcome.value;
      this.board.refresh(this.replica.merge(asked, [conversation], page, notes).keys());
    }
    if (outcome.kind === "signed_out") this.onSignedOut();
    this.set(id, { phase: "ready", older: outcome.kind === "done" ? "idle" : "failed" });
  }

  /** Fetches the page after the newest message shown, while an old place is looked at. */
  async newer(id: string): Promise<void> {
    const paging = this.paging.get(id);
    const { hasNewer, messages } = this.snapshot(id);
    const last = messages.at(-1);
    if (paging?.phase !== "ready" || paging.isForward || !hasNewer || !last) return;
    this.paging.set(id, { ...paging, isForward: true });
    const asked = this.replica.moment();
    const outcome = await this.api.thread(id, { after: last.seq, limit: PAGE_MESSAGES });
    if (outcome.kind === "done") {
      const { conversation, messages: page, notes } = outcome.value;
      this.board.refresh(this.replica.merge(asked, [conversation], page, notes).keys());
    }
    if (outcome.kind === "signed_out") this.onSignedOut();
    this.set(id, { ...(this.paging.get(id) ?? paging), isForward: false });
  }

  /** Looks at the end of a thread again. */
  toNewest(id: string): void {
    if (this.anchors.has(id)) void this.open(id);
  }

  /** Whether what a thread is to be opened at is in memory. */
  private holds(id: string, seq: number | null): boolean {
    const log = this.replica.threads.get(id);
    if (seq !== null) return log?.has(seq) ?? false;
    return (log?.lastSeq ?? 0) >= (this.replica.conversations.get(id)?.last_seq ?? 0);
  }

  /** After a bootstrap every thread is asked for again when it is looked at; the one on the screen at once. */
  restart(): void {
    const ids = [...this.paging.keys()];
    this.paging.clear();
    for (const id of ids) this.touch(id);
    if (this.recent[0]) void this.open(this.recent[0], this.anchors.get(this.recent[0]) ?? null);
  }

  /** Tries again what failed while the server was away. */
  heal(): void {
    const current = this.recent[0];
    if (!current) return;
    const { phase, isStale } = this.paging.get(current) ?? {};
    if (phase === "failed" || isStale) void this.open(current, this.anchors.get(current) ?? null);
    if (this.paging.get(current)?.older === "failed") void this.older(current);
  }

  private build(id: string): ThreadSnapshot {
    const paging = this.paging.get(id);
    const log = this.replica.threads.get(id);
    if (!paging && !log) return NOTHING;
    const anchor = this.anchors.get(id) ?? null;
    const { messages, notes } = log?.run(anchor) ?? { messages: [], notes: [] };
    const newest = Math.max(log?.lastSeq ?? 0, this.replica.conversations.get(id)?.last_seq ?? 0);
    const last = messages.at(-1)?.seq ?? 0;
    const confirmed = new Set([...messages.slice(-100).map((it) => it.id), ...notes.map((it) => it.id)]);
    const intents = this.intentsOf(id);
    const pending = intents.filter((intent) => intent.kind === "reply" || intent.kind === "note");
    const withdrawn = new Set(intents.flatMap((it) => (it.kind === "withdraw" ? [it.message] : [])));
    const isAmended = intents.some((intent) => intent.kind === "edit" || intent.kind === "delete");
    return {
      phase: paging?.phase ?? "loading",
      older: paging?.older ?? "idle",
      messages: isAmended ? messages.map((message) => amended(message, intents)) : messages,
      notes,
      pending: pending.filter(({ id: it }) => !confirmed.has(it) && !withdrawn.has(it)),
      hasOlder: (messages[0]?.seq ?? 1) > 1,
      hasNewer: anchor !== null && last > 0 && last < newest,
    };
  }

  private set(id: string, paging: Paging): void {
    this.paging.set(id, paging);
    this.touch(id);
  }

  private forget(): void {
    if (this.recent.length <= KEPT) return;
    this.recent = this.recent.slice(0, KEPT);
    const keep = new Set(this.recent);
    this.replica.forgetThreads(keep);
    for (const id of this.paging.keys()) if (!keep.has(id)) this.paging.delete(id);
    for (const id of this.snapshots.keys()) if (!keep.has(id)) this.snapshots.delete(id);
  }
}
