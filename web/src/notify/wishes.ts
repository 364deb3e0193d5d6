// What the agent wants to be told of: kept on the server, so that it holds in every browser; read here.
import { useSyncExternalStore } from "react";
import { api } from "../api/client";
import type { AgentNotifications } from "../api/types";

/** How old what is known may be when somebody comes back to the page. */
const FRESH_MS = 60_000;
const CHANNEL = "tidings-wishes";

export type State =
  | { name: "unknown" }
  | { name: "known"; wishes: AgentNotifications; problem: null | "notKept" | "noMailServer" }
  | { name: "failed" };

let state: State = { name: "unknown" };
let fetchedAt = Number.NEGATIVE_INFINITY;
const listeners = new Set<() => void>();
/** Other tabs of this browser hear of a change at once. */
let channel: BroadcastChannel | null = null;

function become(next: State): void {
  state = next;
  for (const listener of [...listeners]) listener();
}

/** What the agent wants; null until the server has said so. */
export const wishesNow = (): AgentNotifications | null => (state.name === "known" ? state.wishes : null);

export async function loadWishes(): Promise<void> {
  channel ??= new BroadcastChannel(CHANNEL);
  channel.onmessage = () => void fetchWishes();
  if (performance.now() - fetchedAt > FRESH_MS) await fetchWishes();
}

async function fetchWishes(): Promise<void> {
  const outcome = await api.notifications();
  if (outcome.kind === "done") {
    fetchedAt = performance.now();
    const wishes = outcome.value as AgentNotifications;
    become({ name: "known", wishes, problem: null });
    const hours = wishes.quiet_hours;
    // Summer time, or a journey: the hours are those of this clock.
    if (hours && hours.utc_offset_minutes !== offsetNow())
      await changeWishes({ ...wishes, quiet_hours: { ...hours, utc_offset_minutes: offsetNow() } });
  } else if (state.name !== "known") become({ name: "failed" });
}

/** Changes what is wanted: shown at once, and taken back where the server did not keep it. */
export async function changeWishes(wishes: AgentNotifications): Promise<void> {
  const before = state;
  become({ name: "known", wishes, problem: null });
  const outcome = await api.setNotifications(wishes);
  if (outcome.kind === "done") channel?.postMessage("changed");
  else {
    const hasNoMail = outcome.kind === "refused" && outcome.problem.code === "no_mail_server";
    const problem = hasNoMail ? "noMailServer" : "notKept";
    become(before.name === "known" ? { ...before, problem } : { name: "failed" });
  }
}

/** Minutes by which this clock is ahead of UTC. */
export const offsetNow = (): number => -new Date().getTimezoneOffset();

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useWishes = (): State => useSyncExternalStore(listen, () => state);
