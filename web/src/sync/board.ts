import { type Conversation, VIEWS, type ViewCounts } from "../api/types";
import type { Intent } from "./intent";
import { overlay } from "./overlay";
import type { Before, Replica } from "./replica";
import { holds, isByWait, type Listed } from "./shelf";
import type { Signals } from "./signals";
import { addCounts, countsDelta, type Horizon, ViewIndex } from "./views";

const NO_COUNTS: ViewCounts = {
  mine: 0,
  unassigned: 0,
  all: 0,
  snoozed: 0,
  closed: 0,
  approvals: 0,
  mentions: 0,
  waiting: 0,
};

/** The conversations as the agent sees them: the truth with the overlay, sorted into views, and counted. */
export class Board {
  private readonly shown = new Map<string, Conversation>();
  private readonly overlaid = new Set<string>();
  private readonly indexes = new Map<Listed, ViewIndex>();
  private serverCounts: ViewCounts = NO_COUNTS;
  private cachedCounts: ViewCounts | null = null;
  /** Grows with everything that is counted here: counts that were asked for before may not know of it. */
  counted = 0;
  /** Those in which a reply came back to this agent. */
  readonly returned = new Set<string>();
  /** Read up to here, on its way to the server. */
  readonly reading = new Map<string, number>();

  constructor(
    private readonly replica: Replica,
    private readonly me: string,
    private readonly intentsOf: (conversation: string) => readonly Intent[],
    private readonly signals: Signals,
    /** A conversation is with this agent, who may not be known here. */
    private readonly meet: (agent: string) => void = () => {},
  ) {
    for (const view of VIEWS) this.index(view);
  }

  /** The rows of a list; one that nobody asked for before is begun with what is known. */
  private index(listed: Listed): ViewIndex {
    let index = this.indexes.get(listed);
    if (!index) {
      index = new ViewIndex(holds(listed, this.me), isByWait(listed));
      for (const [id, conversation] of this.shown) index.touch(id, conversation);
      this.indexes.set(listed, index);
    }
    return index;
  }

  conversation(id: string): Conversation | undefined {
    return this.shown.get(id);
  }

  all(): Iterable<Conversation> {
    return this.shown.values();
  }

  rows(view: Listed): readonly string[] {
    return this.index(view).rows();
  }

  /** The rows of a view down to a horizon. */
  above(view: Listed, horizon: Horizon): readonly string[] {
    return this.index(view).above(horizon);
  }

  /** Conversations whose picture differs from the truth: intents lie over them. */
  overlaidOnes(): Iterable<string> {
    return this.overlaid;
  }

  /** The server's counts, without what this agent did meanwhile. */
  get truthCounts(): ViewCounts {
    return this.serverCounts;
  }

  isComplete(view: Listed): boolean {
    return this.index(view).isComplete;
  }

  reach(view: Listed, horizon: Horizon): void {
    this.index(view).reach(horizon);
    this.signals.touch(`view:${view}`);
  }

  /** The server's counts, and on top what this agent did that it has not answered yet. */
  counts(): ViewCounts {
    if (!this.cachedCounts) {
      let counts = this.serverCounts;
      for (const id of this.overlaid) {
        const truth = this.replica.conversations.get(id);
        counts = addCounts(counts, countsDelta(truth, this.shown.get(id), this.me));
      }
      this.cachedCounts = counts;
    }
    return this.cachedCounts;
  }

  setCounts(counts: ViewCounts): void {
    this.serverCounts = counts;
    this.recount();
  }

  /**
   * Counts what the feed told, so that the numbers move at once. Those of conversations that were not known before stay
   * as they are until the server is asked again.
   */
  count(before: Before, isNew: (id: string) => boolean): void {
    this.counted++;
    for (const [id, header] of before) {
      if (!header && !isNew(id)) continue;
      const delta = countsDelta(header, this.replica.conversations.get(id), this.me);
      this.serverCounts = addCounts(this.serverCounts, delta);
    }
    this.recount();
  }

  /** Shows anew what may have changed. */
  refresh(ids: Iterable<string>): void {
    for (const id of ids) this.refreshOne(id);
    this.recount();
  }

  refreshAll(): void {
    this.refresh(new Set([...this.shown.keys(), ...this.replica.conversations.keys()]));
  }

  private refreshOne(id: string): void {
    const truth = this.replica.conversations.get(id);
    if (truth && (this.reading.get(id) ?? -1) <= truth.receipts.team_read_seq) this.reading.delete(id);
    const shown =
      truth && overlay(truth, { intents: this.intentsOf(id), readSeq: this.reading.get(id) ?? -1 });
    if (shown) this.shown.set(id, shown);
    else this.shown.delete(id);
    if (shown === truth) this.overlaid.delete(id);
    else this.overlaid.add(id);
    const isReturned =
      shown?.held?.some((it) => it.waits_for === "author" && it.agent_id === this.me) ?? false;
    if (isReturned !== this.returned.has(id)) {
      if (isReturned) this.returned.add(id);
      else this.returned.delete(id);
      this.signals.touch("outbox");
      this.signals.touch("view:drafts");
    }
    if (truth?.assignee_id) this.meet(truth.assignee_id);
    this.signals.touch(`conversation:${id}`);
    for (const [listed, index] of this.indexes)
      if (index.touch(id, shown)) this.signals.touch(`view:${listed}`);
  }

  private recount(): void {
    this.cachedCounts = null;
    this.signals.touch("counts");
  }
}
