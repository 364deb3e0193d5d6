import { api } from "../api/client";
import { uploads } from "../api/uploads";
import type { LastMoment } from "./drafts";
import { keptHold } from "./hold";
import { BOOTSTRAP_ROWS, Inbox } from "./inbox";
import { nextFrame } from "./signals";
import { readSnapshot } from "./snapshot";
import { openStorage, type Storage } from "./storage";
import { announceTab, livingTabs } from "./tabs";
import type { Endings, World } from "./world";

export type Opened =
  | { kind: "ready"; inbox: Inbox }
  | { kind: "signed_out" }
  /** A second factor must be set up first. */
  | { kind: "locked" }
  | { kind: "unreachable"; retryAfterMs: number | null };

/** This visit: what an earlier one left in the outbox is adopted, since its lock is gone. */
const tab = [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0"))
  .join("");
announceTab(tab);

/** Who was signed in last in this browser: whose database to open before the server has said anything. */
const LAST_AGENT = "tidings.agent";

/** Whether somebody has been signed in in this browser, as far as it knows. */
export const isKnownHere = (): boolean => localStorage.getItem(LAST_AGENT) !== null;

/** `localStorage` writes before the page is gone; it is small and slow, so nothing else is kept there. */
function lastMomentOf(agent: string, what: "drafts" | "begun"): LastMoment {
  const key = `tidings.${what}.${agent}`;
  return {
    read: () => localStorage.getItem(key),
    write: (text) => localStorage.setItem(key, text),
    clear: () => localStorage.removeItem(key),
  };
}

function worldOf(agent: string, storage: Storage): World {
  const address = new URL("/inbox/v1/socket", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return {
    api,
    uploads,
    alone: (name, task) => (navigator.locks ? navigator.locks.request(`tidings-file-${name}`, task) : task()),
    storage,
    lastMoment: lastMomentOf(agent, "drafts"),
    lastBegun: lastMomentOf(agent, "begun"),
    socketAddress: address.href,
    tab,
    livingTabs: () => livingTabs(tab),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    holdMs: () => keptHold() * 1_000,
    random: () => Math.random(),
    randomBytes: () => crypto.getRandomValues(new Uint8Array(10)),
    schedule: nextFrame,
    whenIdle: (task) => {
      if ("requestIdleCallback" in window) requestIdleCallback(task, { timeout: 2_000 });
      else task();
    },
    forgetAgent() {
      // A colleague may have signed in in another tab since.
      if (localStorage.getItem(LAST_AGENT) === agent) localStorage.removeItem(LAST_AGENT);
    },
  };
}

/** A colleague signed in in another tab: what is here is not theirs to see, and nothing of it may go out in their name. */
function giveWay(agent: string, inbox: Inbox): void {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === LAST_AGENT && newValue !== null && newValue !== agent) void inbox.giveWay();
  });
}

/** Opens the inbox of whoever is signed in: at once from what an earlier page left, else from the server. */
export async function openInbox(endings: Endings): Promise<Opened> {
  return (await openWarm(endings)) ?? openFresh(endings);
}

async function openWarm(endings: Endings): Promise<Opened | null> {
  const agent = localStorage.getItem(LAST_AGENT);
  if (!agent) return null;
  const storage = await openStorage(agent);
  const kept = await storage.snapshot().catch(() => null);
  const snapshot = readSnapshot(kept, agent, Date.now());
  if (!snapshot) {
    storage.close();
    return null;
  }
  const inbox = new Inbox(worldOf(agent, storage), { kind: "warm", snapshot }, endings);
  return started(agent, inbox);
}

/** What cannot start is ended: its socket and its courier would stand beside those of the next one. */
async function started(agent: string, inbox: Inbox): Promise<Opened> {
  giveWay(agent, inbox);
  await inbox.start().catch((error) => {
    inbox.stop();
    throw error;
  });
  return { kind: "ready", inbox };
}

async function openFresh(endings: Endings): Promise<Opened> {
  const outcome = await api.bootstrap(BOOTSTRAP_ROWS);
  if (outcome.kind === "signed_out" && outcome.locked) return { kind: "locked" };
  if (outcome.kind === "signed_out" || outcome.kind === "refused") return { kind: "signed_out" };
  if (outcome.kind === "lost") return { kind: "unreachable", retryAfterMs: outcome.retryAfterMs };
  const agent = outcome.value.agent.id;
  const storage = await openStorage(agent);
  const inbox = new Inbox(worldOf(agent, storage), { kind: "fresh", bootstrap: outcome.value }, endings);
  localStorage.setItem(LAST_AGENT, agent);
  return started(agent, inbox);
}
