import { type Conversation, type Mentioned, VIEWS, type View, type ViewCounts } from "../api/types";
import { lowerBound } from "./threadlog";

/** Whether a view holds a conversation, for the agent who looks. */
export function belongs(view: View, conversation: Conversation, me: string): boolean {
  switch (view) {
    case "mine":
      return isWaiting(conversation) && conversation.assignee_id === me;
    case "unassigned":
      return isWaiting(conversation) && !conversation.assignee_id;
    case "all":
      return isWaiting(conversation);
    case "snoozed":
      return conversation.state === "open" && conversation.snoozed_until != null;
    case "closed":
      return conversation.state === "closed";
    case "approvals":
      return conversation.held?.some(({ waits_for }) => waits_for === "approval") ?? false;
    case "mentions":
      return mentionOf(conversation, me) !== undefined;
  }
}

/** The newest mention of an agent in a conversation. */
export const mentionOf = (conversation: Conversation | undefined, me: string): Mentioned | undefined =>
  conversation?.mentioned?.find(({ agent_id }) => agent_id === me);

/** Whether a conversation counts for a view: of mentions those that the agent has not seen. */
const counts = (view: View, conversation: Conversation, me: string): boolean =>
  view === "mentions" ? (mentionOf(conversation, me)?.unread ?? false) : belongs(view, conversation, me);

/** Open, and not put aside. */
const isWaiting = ({ state, snoozed_until }: Conversation): boolean =>
  state === "open" && snoozed_until == null;

/** Whether its user waits for an answer of this agent. */
export const waitsFor = (conversation: Conversation, me: string): boolean =>
  belongs("mine", conversation, me) && conversation.waiting_since != null;

/** Where a conversation stands in a list: the most recently active first, equal times by id; or whoever waits longest. */
export interface Position {
  /** When it was active, or since when somebody waits in it. */
  activeAt: string;
  id: string;
}

const isLater = (a: Position, b: Position) =>
  a.activeAt > b.activeAt || (a.activeAt === b.activeAt && a.id > b.id);

/** The place of a conversation in a list of one order or the other. */
export const positionOf = ({ id, active_at, waiting_since }: Conversation, isByWait: boolean): Position => ({
  activeAt: (isByWait && waiting_since) || active_at,
  id,
});

/** How far down a view is known: everything above and at this position; `all` of it; or `nothing` yet. */
export type Horizon = Position | "all" | "nothing";

/** The rows of one view, kept in order while conversations come, move and go. */
export class ViewIndex {
  private readonly places = new Map<string, Position>();
  private readonly sorted: Position[] = [];
  private cached: readonly string[] | null = null;
  private horizon: Horizon = "nothing";

  constructor(
    private readonly holds: (conversation: Conversation) => boolean,
    private readonly isByWait = false,
  ) {}

  /** Puts a conversation where it belongs now, or takes it out. Says whether anything moved. */
  touch(id: string, conversation: Conversation | undefined): boolean {
    const old = this.places.get(id);
    const isIn = conversation !== undefined && this.holds(conversation);
    if (!old && !isIn) return false;
    const position = isIn && positionOf(conversation, this.isByWait);
    if (old && position && old.activeAt === position.activeAt) return false;
    if (old) {
      this.sorted.splice(this.find(old), 1);
      this.places.delete(id);
    }
    if (position) {
      this.sorted.splice(this.find(position), 0, position);
      this.places.set(id, position);
    }
    this.cached = null;
    return true;
  }

  /** Says how far down the server was asked. */
  reach(horizon: Horizon): void {
    this.horizon = horizon;
    this.cached = null;
  }

  /** The ids to show. Below the horizon there may be others that were never fetched, so the list ends there. */
  rows(): readonly string[] {
    this.cached ??= this.visible().map((position) => position.id);
    return this.cached;
  }

  get isComplete(): boolean {
    return this.horizon === "all";
  }

  /** The ids above and at a horizon. */
  above(horizon: Horizon): string[] {
    return this.visible(horizon).map((position) => position.id);
  }

  private visible(horizon: Horizon = this.horizon): Position[] {
    if (horizon === "nothing") return [];
    if (horizon === "all") return this.sorted;
    return this.sorted.slice(
      0,
      lowerBound(this.sorted, (position) => !this.isAbove(horizon, position)),
    );
  }

  private find(position: Position): number {
    return lowerBound(this.sorted, (known) => this.isAbove(known, position));
  }

  private isAbove(a: Position, b: Position): boolean {
    return this.isByWait ? isLater(b, a) : isLater(a, b);
  }
}

/** What the counts change by when a conversation goes from one header to another. */
export function countsDelta(
  before: Conversation | undefined,
  after: Conversation | undefined,
  me: string,
): ViewCounts {
  const delta: ViewCounts = {
    mine: 0,
    unassigned: 0,
    all: 0,
    snoozed: 0,
    closed: 0,
    approvals: 0,
    mentions: 0,
    waiting: 0,
  };
  for (const view of VIEWS) {
    if (before && counts(view, before, me)) delta[view]--;
    if (after && counts(view, after, me)) delta[view]++;
  }
  if (before && waitsFor(before, me)) delta.waiting--;
  if (after && waitsFor(after, me)) delta.waiting++;
  return delta;
}

export function addCounts(counts: ViewCounts, delta: ViewCounts): ViewCounts {
  const sum = { ...counts };
  for (const what of [...VIEWS, "waiting"] as const) sum[what] = Math.max(0, sum[what] + delta[what]);
  return sum;
}
