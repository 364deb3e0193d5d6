import { expect, test } from "vitest";
import type { Api } from "../api/client";
import type { Assign, Bootstrap, HoldReply } from "../api/types";
import { decided, inverse, isDone } from "./decisions";
import { Deeds, FRESH_MS } from "./deeds";
import { Inbox } from "./inbox";
import { conversation, cursorAt, heldReply, ME, message, TEAM, withoutFiles } from "./sample";
import { MemoryStorage } from "./storage";
import type { World } from "./world";

test("only so many deeds are remembered, the newest first to go back", () => {
  const deeds = new Deeds();
  for (let place = 0; place < 30; place++)
    deeds.add({ kind: "reply", conversation: "a", intent: `${place}` }, place);
  expect(deeds.take(30)?.deed).toMatchObject({ intent: "29" });
  expect(deeds.settled("28")).toBe(true);
  expect(deeds.settled("0")).toBe(false);
  expect(deeds.take(30)?.deed).toMatchObject({ intent: "27" });
});

test("what was done a while ago, or before something that is out, is not what undoing means", () => {
  const deeds = new Deeds();
  const reply = (intent: string) => ({ kind: "reply", conversation: "a", intent }) as const;
  deeds.add(reply("early"), 1_000);
  expect(deeds.last(1_000 + FRESH_MS)?.deed).toMatchObject({ intent: "early" });
  expect(deeds.last(1_001 + FRESH_MS)).toBeNull();
  expect(deeds.take(1_001 + FRESH_MS)).toBeNull();
  deeds.add(reply("before"), 2_000);
  deeds.add(reply("out"), 3_000);
  deeds.add(reply("after"), 4_000);
  expect(deeds.wentOut(3_000)).toBe(true);
  expect(deeds.replies().map(({ intent }) => intent)).toEqual(["after"]);
  expect(deeds.wentOut(3_000)).toBe(false);
});

test("a deed stands until somebody decides anew", () => {
  const closing = { kind: "state", state: "closed" } as const;
  expect(isDone(conversation("a", { state: "closed" }), closing)).toBe(true);
  expect(isDone(conversation("a"), closing)).toBe(false);
  expect(isDone(conversation("a"), { kind: "assign", agent: null })).toBe(true);
  expect(isDone(undefined, closing)).toBe(false);
});

test("each decision is had back by its inverse, and one that changes nothing has none", () => {
  const before = conversation("a", { tags: ["Réclamation", "VIP"], priority: "high" });
  for (const decision of [
    { kind: "assign", agent: "x" },
    { kind: "state", state: "closed" },
    { kind: "snooze", to: "2026-11-23T08:00:00.000Z" },
    { kind: "priority", priority: "urgent" },
    { kind: "merge", into: "b" },
    { kind: "tags", add: ["Refund", "vip"], remove: ["reclamation", "unknown"] },
  ] as const) {
    const after = decided(before, decision);
    expect(isDone(before, decision), decision.kind).toBe(false);
    expect(isDone(after, decision), decision.kind).toBe(true);
    expect(inverse(after, decision), decision.kind).toBeNull();
    const back = inverse(before, decision);
    expect(back && isDone(decided(after, back), decision), decision.kind).toBe(false);
    expect(back && decided(after, back).tags?.map((tag) => tag.toLowerCase()), decision.kind).toHaveLength(2);
  }
  expect(decided(before, { kind: "tags", add: ["refund"], remove: ["RECLAMATION"] }).tags).toEqual([
    "refund",
    "VIP",
  ]);
});

test("whoever closes what was put aside has it no longer put aside", () => {
  const aside = conversation("a", { snoozed_until: "2026-11-23T08:00:00.000Z" });
  expect(decided(aside, { kind: "state", state: "closed" })).not.toHaveProperty("snoozed_until");
  expect(decided(aside, { kind: "priority", priority: "urgent" })).toHaveProperty("snoozed_until");
});

/** An inbox on a server that answers nothing until it is told to, and remembers what it was asked. */
function setUp(holdMs = 0) {
  const asked: string[] = [];
  let isUp = true;
  const answer = (what: string, id: string, more: object) => {
    asked.push(what);
    return Promise.resolve(
      isUp ? { kind: "done", value: conversation(id, more) } : { kind: "lost", retryAfterMs: 60_000 },
    );
  };
  const api = {
    setState: (id: string, state: "open" | "closed") => answer(`${state} ${id}`, id, { state }),
    assign: (id: string, { agent_id: agent = null, seen, note }: Assign) =>
      answer(`${agent} has ${id} after ${seen?.agent_id}${note ? `: ${note.text}` : ""}`, id, {
        assignee_id: agent,
      }),
    reply: async (id: string) => {
      const { kind } = await answer(`reply ${id}`, id, {});
      return { kind, value: message(id, 1) };
    },
    // Who is not known by name is asked for.
    bootstrap: async () => ({ kind: "lost", retryAfterMs: null }),
    holdReply: (id: string, body: HoldReply) =>
      answer(`hold ${id}`, id, { held: [heldReply(body.id, { then_close: body.then_close ?? false })] }),
    withdrawReply: (id: string) => answer(`withdraw ${id}`, id, {}),
  } as unknown as Api;
  const storage = new MemoryStorage();
  let now = 1_000;
  const pass = (ms: number) => {
    now += ms;
  };
  const world: World = {
    api,
    storage,
    lastMoment: { read: () => null, write() {}, clear() {} },
    lastBegun: { read: () => null, write() {}, clear() {} },
    socketAddress: "",
    tab: "t",
    livingTabs: async () => new Set(["t"]),
    now: () => now++,
    elapsed: () => 0,
    ...withoutFiles,
    holdMs: () => holdMs,
    random: () => 0.5,
    randomBytes: () => crypto.getRandomValues(new Uint8Array(10)),
    schedule: (task) => task(),
    whenIdle() {},
    forgetAgent() {},
  };
  const agent = { id: ME, name: "Ana", email: "ana@example.com", role: "agent" as const };
  const bootstrap = {
    version: 1,
    agent,
    agents: [agent],
    teams: [{ id: TEAM, name: "Support", cursor: cursorAt(1) }],
    counts: { mine: 0, unassigned: 3, all: 3, snoozed: 0, closed: 0, approvals: 0, mentions: 0, waiting: 0 },
    conversations: ["a", "b", "c"].map((id) => conversation(id)),
  } as Bootstrap;
  const inbox = new Inbox(world, { kind: "fresh", bootstrap }, { signedOut() {}, replaced() {} });
  const states = () => ["a", "b", "c"].map((id) => inbox.conversation(id)?.state);
  const cut = () => {
    isUp = false;
  };
  return { inbox, asked, storage, states, cut, pass };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a decision about many is had back by deciding the other way, where it still stands", async () => {
  const { inbox, asked, states } = setUp();
  await inbox.decide(["a", "b", "c"], { kind: "state", state: "closed" });
  await settle();
  expect(inbox.leftOfLast()).toBe(0);
  // A user writes, and one of them opens by itself.
  await inbox.decide(["b"], { kind: "state", state: "open" });
  await settle();
  await inbox.undo();
  await settle();
  expect(states()).toEqual(["closed", "closed", "closed"]);
  await inbox.undo();
  await settle();
  expect(states()).toEqual(["open", "open", "open"]);
  expect(asked.filter((what) => what.startsWith("open "))).toEqual(["open b", "open a", "open b", "open c"]);
  expect(await inbox.undo()).toBeNull();
});

test("what has not been sent is taken back without a request", async () => {
  const { inbox, asked, storage, states, cut } = setUp();
  cut();
  await inbox.decide(["a"], { kind: "assign", agent: "x" });
  await settle();
  await inbox.decide(["b"], { kind: "state", state: "closed" });
  expect(await inbox.undo()).toBe("b");
  expect(states()).toEqual(["open", "open", "open"]);
  expect(asked.filter((what) => what.includes("b"))).toEqual([]);
  expect((await storage.intents()).map((intent) => intent.conversation)).toEqual(["a"]);
});

test("a decision whose answer was lost may be done: it is had back behind itself", async () => {
  const { inbox, storage, states, cut } = setUp();
  cut();
  await inbox.decide(["a"], { kind: "state", state: "closed" });
  await settle();
  expect(await inbox.undo()).toBe("a");
  expect(states()).toEqual(["open", "open", "open"]);
  expect(await storage.intents()).toMatchObject([{ state: "closed" }, { state: "open" }]);
});

test("a decision is not had back once it is old, or once a reply has gone out since", async () => {
  const { inbox, asked, states, pass } = setUp();
  await inbox.decide(["a"], { kind: "state", state: "closed" });
  pass(FRESH_MS);
  expect([inbox.lastDone(), await inbox.undo()]).toEqual([null, null]);
  await inbox.decide(["b"], { kind: "state", state: "closed" });
  await inbox.reply("c", "on its way", false);
  await inbox.decide(["c"], { kind: "state", state: "closed" });
  await settle();
  expect(asked).toContain("reply c");
  expect(await inbox.undo()).toBe("c");
  expect(await inbox.undo()).toBeNull();
  expect(states()).toEqual(["closed", "closed", "open"]);
});

test("a held reply that is taken back by its own button leaves what was decided before it to be had back", async () => {
  const { inbox } = setUp(5_000);
  await inbox.decide(["a"], { kind: "assign", agent: "x" });
  await inbox.reply("a", "good", false);
  await settle();
  expect(inbox.lastDone()?.deed).toMatchObject({ kind: "reply" });
  const [held] = inbox.conversation("a")?.held ?? [];
  if (held) await inbox.answers.takeHeldBack("a", held);
  expect(inbox.lastDone()?.deed).toMatchObject({ kind: "decision" });
});

test("an assignment carries whom the page showed, and so does what has it back", async () => {
  const { inbox, asked } = setUp();
  await inbox.decide(["a"], { kind: "assign", agent: "x" });
  await settle();
  await inbox.decide(["a"], { kind: "assign", agent: ME });
  await settle();
  await inbox.undo();
  await settle();
  expect(asked).toEqual(["x has a after null", `${ME} has a after x`, `x has a after ${ME}`]);
});

test("those that are so already are left alone", async () => {
  const { inbox, asked } = setUp();
  await inbox.decide(["a", "b"], { kind: "assign", agent: null });
  await inbox.decide(["a"], { kind: "state", state: "open" });
  expect([asked, inbox.lastDone()]).toEqual([[], null]);
});

test("what is written to whoever has a conversation already goes to them, and leaves nothing to have back", async () => {
  const { inbox, asked } = setUp();
  await inbox.decide(["a"], { kind: "assign", agent: "x" });
  await settle();
  await inbox.decide(["a", "b"], { kind: "assign", agent: "x", words: "Call her before noon" });
  await settle();
  expect(asked.slice(1)).toEqual([
    "x has a after x: Call her before noon",
    "x has b after null: Call her before noon",
  ]);
  await inbox.undo();
  await settle();
  expect(["a", "b"].map((id) => inbox.conversation(id)?.assignee_id)).toEqual(["x", null]);
});

test("a reply that the server holds comes back into the composer, and its conversation is open again", async () => {
  const { inbox, asked, storage } = setUp(5_000);
  await inbox.reply("a", "too quick", true);
  expect(inbox.conversation("a")?.state, "done with, at once").toBe("closed");
  await settle();
  expect(asked).toEqual(["hold a"]);
  expect(inbox.conversation("a")?.state).toBe("closed");
  expect(inbox.lastDone()?.deed).toMatchObject({ kind: "reply" });
  await inbox.keepDraft("a", "reply", "written since");
  expect(await inbox.undo()).toBe("a");
  expect(inbox.drafts.text("a", "reply")).toBe("too quick\n\nwritten since");
  expect([inbox.conversation("a")?.state, inbox.conversation("a")?.held ?? []]).toEqual(["open", []]);
  await settle();
  expect(asked).toEqual(["hold a", "withdraw a"]);
  expect(await storage.intents()).toEqual([]);
});

test("a reply that has not left this browser is had back without a request", async () => {
  const { inbox, asked, storage, cut } = setUp(5_000);
  cut();
  await inbox.decide(["a"], { kind: "assign", agent: "x" });
  await settle();
  await inbox.reply("a", "too quick", true);
  expect(await inbox.undo()).toBe("a");
  expect(inbox.drafts.text("a", "reply")).toBe("too quick");
  expect((await storage.intents()).map(({ kind }) => kind)).toEqual(["assign"]);
  expect(asked.filter((what) => what.startsWith("hold") || what.startsWith("withdraw"))).toEqual([]);
});

test("a reply of which nobody knows whether it arrived is asked back from the server", async () => {
  const { inbox, asked, storage, cut } = setUp(5_000);
  cut();
  await inbox.reply("a", "lost on the way", false);
  await settle();
  expect(asked).toEqual(["hold a"]);
  expect(await inbox.undo()).toBe("a");
  expect((await storage.intents()).map(({ kind }) => kind)).toEqual(["withdraw"]);
  expect(inbox.thread("a").pending).toEqual([]);
});
