import { expect, test } from "vitest";
import type { Api } from "../api/client";
import type { Bootstrap, Conversation } from "../api/types";
import { Inbox } from "./inbox";
import { conversation, cursorAt, ME, message, TEAM, timeAt, withoutFiles } from "./sample";
import { readSnapshot, stamped } from "./snapshot";
import { MemoryStorage } from "./storage";
import type { Endings, World } from "./world";

const agent = { id: ME, name: "Ana", email: "ana@example.com", role: "agent" as const };
const counts = { mine: 0, unassigned: 120, all: 120, closed: 3 };

/** 120 conversations, the most recent first. */
const all: Conversation[] = Array.from({ length: 120 }, (_, place) =>
  conversation(`c${String(place).padStart(3, "0")}`, { active_at: timeAt(-place * 1_000), last_seq: 60 }),
);

function worldOf(storage: MemoryStorage, answers: Partial<Api> = {}) {
  const asked: string[] = [];
  const api = {
    conversations: async ({ before, limit }: { before?: string; limit: number }) => {
      asked.push(`page ${before ?? ""}`);
      const from = Number(before ?? 0);
      const conversations = all.slice(from, from + limit);
      const next = from + limit < all.length ? String(from + limit) : null;
      return { kind: "done", value: { conversations, counts, next } };
    },
    thread: async (id: string) => {
      asked.push(`thread ${id}`);
      const messages = Array.from({ length: 50 }, (_, place) => message(id, 11 + place));
      const header = all.find((known) => known.id === id);
      return { kind: "done", value: { conversation: header, messages, notes: [] } };
    },
    ...answers,
  } as unknown as Api;
  const world: World = {
    api,
    storage,
    lastMoment: { read: () => null, write() {}, clear() {} },
    lastBegun: { read: () => null, write() {}, clear() {} },
    socketAddress: "",
    tab: "t",
    livingTabs: async () => new Set(["t"]),
    now: () => 1_000_000,
    elapsed: () => 0,
    ...withoutFiles,
    holdMs: () => 0,
    random: () => 0.5,
    randomBytes: () => new Uint8Array(10),
    schedule: (task) => task(),
    whenIdle: (task) => task(),
    forgetAgent() {},
  };
  return { world, asked };
}

test("where somebody is stays out of what the browser keeps", () => {
  const location = { latitude: 46.94809, longitude: 7.44744 };
  const part = {
    type: "live_location" as const,
    for_s: 900,
    until: timeAt(900_000),
    last: { number: 3, received_at: timeAt(1), location },
  };
  const moving = message("c000", 60, { parts: [part] });
  const ended = message("c001", 60, { parts: [{ type: "live_location", for_s: 900, ended: true }] });
  const kept = stamped({
    savedAt: 1,
    agent,
    agents: [{ ...agent, team_ids: [TEAM] }],
    cursors: [],
    counts: { ...counts, snoozed: 0, approvals: 0, mentions: 0, waiting: 0 },
    conversations: [
      conversation("c000", { last_message: moving }),
      conversation("c001", { last_message: ended }),
    ],
    reaches: {
      mine: null,
      unassigned: null,
      all: null,
      snoozed: null,
      closed: null,
      approvals: null,
      mentions: null,
    },
    threads: [
      { id: "c000", messages: [message("c000", 59), moving], notes: [] },
      { id: "c001", messages: [ended], notes: [] },
    ],
  });
  expect(JSON.stringify(kept)).not.toContain("46.94809");
  expect(kept.threads.map(({ id }) => id)).toEqual(["c001"]);
  expect(kept.conversations.map((header) => header.last_message?.id)).toEqual([moving.id, ended.id]);
});

const endings: Endings = { signedOut() {}, replaced() {} };
const bootstrap = {
  version: 2,
  agent,
  agents: [agent],
  teams: [{ id: TEAM, name: "Support", cursor: cursorAt(5) }],
  counts,
  conversations: all.slice(0, 50),
  next: "50",
} as Bootstrap;

test("what one page leaves, the next one shows without asking anybody", async () => {
  const storage = new MemoryStorage();
  const before = new Inbox(worldOf(storage).world, { kind: "fresh", bootstrap }, endings);
  await before.moreOfList("all");
  await before.openThread("c001");
  await before.save();

  const snapshot = readSnapshot(await storage.snapshot(), ME, 1_000_000);
  if (!snapshot) throw new Error("nothing was kept");
  const { world, asked } = worldOf(storage);
  const after = new Inbox(world, { kind: "warm", snapshot }, endings);
  expect(after.list("all")).toEqual(before.list("all"));
  expect(after.counts()).toEqual(counts);
  expect(after.thread("c001")).toMatchObject({ phase: "ready", messages: before.thread("c001").messages });
  await after.openThread("c001");
  expect(asked).toEqual([]);
  // Further down it goes on where the earlier page stopped.
  await after.moreOfList("all");
  expect(asked).toEqual(["page 100"]);
  expect(after.list("all").rows).toEqual(all.map(({ id }) => id));
  expect(after.list("mine").isKnown).toBe(false);
});

test("nothing is kept for the next agent of this browser, and what is kept of another is not read", async () => {
  const storage = new MemoryStorage();
  const inbox = new Inbox(worldOf(storage).world, { kind: "fresh", bootstrap }, endings);
  await inbox.save();
  const kept = await storage.snapshot();
  expect(readSnapshot(kept, "agt_other", 1_000_000)).toBeNull();
  expect(readSnapshot(kept, ME, 1_000_000 + 8 * 24 * 3_600_000)).toBeNull();
  expect(readSnapshot(kept, ME, 999_999)).toBeNull();
  expect(readSnapshot({ ...(kept as object), version: 0 }, ME, 1_000_000)).toBeNull();
  for (const damaged of [null, undefined, 7, "x", {}, { version: 2 }])
    expect(readSnapshot(damaged, ME, 1_000_000)).toBeNull();
  await inbox.forget();
  expect(await storage.snapshot()).toBeUndefined();
});

test("what the server has not confirmed is not written down as its word", async () => {
  const storage = new MemoryStorage();
  const inbox = new Inbox(worldOf(storage).world, { kind: "fresh", bootstrap }, endings);
  await inbox.save();
  const snapshot = readSnapshot(await storage.snapshot(), ME, 1_000_000);
  if (!snapshot) throw new Error("nothing was kept");
  await storage.forgetServer();
  const warm = new Inbox(worldOf(storage).world, { kind: "warm", snapshot }, endings);
  await warm.moreOfList("all");
  await warm.save();
  expect(await storage.snapshot()).toBeUndefined();
});
