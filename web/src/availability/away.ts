import { client, settle } from "../api/client";
import type { Inbox } from "../sync/inbox";

/** A moment after which somebody is back by themselves the server is asked again. */
const LATER_MS = 1_000;
/** Timers count no further. */
const LONGEST_MS = 2 ** 31 - 1;

/** Asks who is away, and tells the inbox. */
export async function askAway(inbox: Inbox): Promise<void> {
  const outcome = await settle(client.GET("/inbox/v1/availability"));
  // Lost: it is asked again when the line is live.
  if (outcome.kind !== "done") return;
  inbox.knowAway(new Map(outcome.value.agents.map((one) => [one.agent_id, one.until ?? null])));
}

/** Says whether the agent is there; until when they are not: null when they do not know. */
export async function setAway(inbox: Inbox, away: { until: Date | null } | null) {
  const body = away
    ? ({ state: "away", ...(away.until && { until: away.until.toISOString() }) } as const)
    : ({ state: "available" } as const);
  const outcome = await settle(client.PUT("/inbox/v1/availability", { body }));
  if (outcome.kind !== "done") return outcome;
  const known = new Map(inbox.away);
  if (away) known.set(inbox.me.id, away.until?.toISOString() ?? null);
  else known.delete(inbox.me.id);
  inbox.knowAway(known);
  return outcome;
}

/** Gives away what is the agent's: to a colleague, or back to the team; with a note in each, unless it is empty. */
export const handOver = (to: string | null, note: string) =>
  settle(client.POST("/inbox/v1/hand_over", { body: { agent_id: to, ...(note && { note }) } }));

/** Milliseconds until the next of those who are away is back by themselves; null: nobody is. */
export function nextBack(away: ReadonlyMap<string, string | null>, now: number): number | null {
  const times = [...away.values()].flatMap((until) => (until ? [Date.parse(until)] : []));
  if (times.length === 0) return null;
  return Math.min(Math.max(0, Math.min(...times) - now) + LATER_MS, LONGEST_MS);
}
