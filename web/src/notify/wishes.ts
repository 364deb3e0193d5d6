// What the agent wants to be told of: kept on the server, so that it holds in every browser; read here.
import { useSyncExternalStore } from "react";
import { api } from "../api/client";
import type { AgentNotifications } from "../api/types";

/** How old what is known may be when somebody comes back to the page. */
const FRESH_MS = 60_000;
const CHANNEL = "tidings-wishes";

type Problem = null | "notKept" | "noMailServer";
export type State =
  | { name: "unknown" }
  | { name: "known"; wishes: AgentNotifications; problem: Problem }
  | { name: "failed" };

type Change = (wishes: AgentNotifications) => AgentNotifications;

let state: State = { name: "unknown" };
/** What the server keeps, as far as is known; what is shown is this with the changes that are under way. */
let kept: AgentNotifications | null = null;
const underWay: Change[] = [];
let last: Promise<void> = Promise.resolve();
let fetchedAt = Number.NEGATIVE_INFINITY;
const listeners = new Set<() => void>();
/** Other tabs of this browser hear of a change at once. */
let channel: BroadcastChannel | null = null;

function become(next: State): void {
  state = next;
  for (const listener of [...listeners]) listener();
}

function show(problem: Problem): void {
  if (kept)
    become({ name: "known", wishes: underWay.reduce((wishes, change) => change(wishes), kept), problem });
  else become({ name: "failed" });
}

/** One request at a time, in the order in which they were wished for: each replaces all that was there. */
function inTurn(work: () => Promise<void>): Promise<void> {
  last = last.then(work);
  return last;
}

/** What the agent wants; null until the server has said so. */
export const wishesNow = (): AgentNotifications | null => (state.name === "known" ? state.wishes : null);

export async function loadWishes(): Promise<void> {
  channel ??= new BroadcastChannel(CHANNEL);
  channel.onmessage = () => void inTurn(fetchWishes);
  await inTurn(async () => {
    if (performance.now() - fetchedAt > FRESH_MS) await fetchWishes();
  });
}

async function fetchWishes(): Promise<void> {
  const outcome = await api.notifications();
  if (outcome.kind !== "done") {
    if (!kept) become({ name: "failed" });
    return;
  }
  fetchedAt = performance.now();
  kept = outcome.value as AgentNotifications;
  show(null);
  // Summer time, or a journey: the hours are those of this clock.
  const isMoved = kept.quiet_hours && kept.quiet_hours.utc_offset_minutes !== offsetNow();
  if (isMoved)
    void changeWishes(({ quiet_hours, ...rest }) => ({ ...rest, quiet_hours: atThisClock(quiet_hours) }));
}

type Hours = AgentNotifications["quiet_hours"];
const atThisClock = (hours: Hours): Hours => hours && { ...hours, utc_offset_minutes: offsetNow() };

/** Changes what is wanted: shown at once, and taken back where the server did not keep it. */
export async function changeWishes(change: Change): Promise<void> {
  underWay.push(change);
  show(null);
  await inTurn(async () => {
    const wishes = kept && change(kept);
    const outcome = wishes && (await api.setNotifications(wishes));
    underWay.splice(underWay.indexOf(change), 1);
    if (wishes && outcome?.kind === "done") {
      kept = wishes;
      channel?.postMessage("changed");
      return show(state.name === "known" ? state.problem : null);
    }
    const hasNoMail = outcome?.kind === "refused" && outcome.problem.code === "no_mail_server";
    show(hasNoMail ? "noMailServer" : "notKept");
  });
}

/** Minutes by which this clock is ahead of UTC. */
export const offsetNow = (): number => -new Date().getTimezoneOffset();

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useWishes = (): State => useSyncExternalStore(listen, () => state);
