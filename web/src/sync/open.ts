import { api } from "../api/client";
import type { LastMoment } from "./drafts";
import { BOOTSTRAP_ROWS, Inbox } from "./inbox";
import { nextFrame } from "./signals";
import { openStorage } from "./storage";
import { announceTab, livingTabs } from "./tabs";

export type Opened =
  | { kind: "ready"; inbox: Inbox }
  | { kind: "signed_out" }
  | { kind: "unreachable"; retryAfterMs: number | null };

/** This visit: what an earlier one left in the outbox is adopted, since its lock is gone. */
const tab = [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0"))
  .join("");
announceTab(tab);

/** `localStorage` writes before the page is gone; it is small and slow, so nothing else is kept there. */
function lastMomentOf(agent: string): LastMoment {
  const key = `tidings.drafts.${agent}`;
  return {
    read: () => localStorage.getItem(key),
    write: (text) => localStorage.setItem(key, text),
    clear: () => localStorage.removeItem(key),
  };
}

/** Opens the inbox of whoever is signed in. */
export async function openInbox(onSignedOut: () => void): Promise<Opened> {
  const outcome = await api.bootstrap(BOOTSTRAP_ROWS);
  if (outcome.kind === "signed_out" || outcome.kind === "refused") return { kind: "signed_out" };
  if (outcome.kind === "lost") return { kind: "unreachable", retryAfterMs: outcome.retryAfterMs };
  const storage = await openStorage(outcome.value.agent.id);
  const address = new URL("/inbox/v1/socket", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const world = {
    api,
    storage,
    lastMoment: lastMomentOf(outcome.value.agent.id),
    socketAddress: address.href,
    tab,
    livingTabs: () => livingTabs(tab),
    now: () => Date.now(),
    random: () => Math.random(),
    randomBytes: () => crypto.getRandomValues(new Uint8Array(10)),
    schedule: nextFrame,
  };
  const inbox = new Inbox(world, outcome.value, onSignedOut);
  await inbox.start();
  return { kind: "ready", inbox };
}
