// What becomes of the words that an agent writes for a colleague's reply before approving it.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Api } from "../api/client";
import type { Bootstrap, HeldReply, Part } from "../api/types";
import { Inbox } from "./inbox";
import { conversation, cursorAt, heldReply, ME, message, TEAM, withoutFiles } from "./sample";
import { MemoryStorage } from "./storage";
import type { World } from "./world";

class SilentSocket {
  send() {}
  close() {}
}
beforeEach(() => void vi.stubGlobal("WebSocket", SilentSocket));
afterEach(() => void vi.unstubAllGlobals());

const HELD = heldReply("msg 9", { agent_id: "agt_tim", waits_for: "approval" });
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
const agent = { id: ME, name: "Ana", email: "ana@example.com", role: "agent" as const };

/** An inbox on a server that holds these replies; it may refuse to let one go, or have let it go as it was. */
function open(storage: MemoryStorage, held: HeldReply[], answer?: "refused" | "overtaken") {
  let now = held;
  const header = () => conversation("a", { held: now });
  const sent: unknown[] = [];
  const releaseReply = async (_: string, id: string, body: { parts?: Part[] }) => {
    sent.push(body.parts);
    if (answer === "refused") return { kind: "refused", problem: { code: "conversation_moved" } };
    if (answer === "overtaken" && body.parts) return { kind: "refused", problem: { code: "id_conflict" } };
    return { kind: "done", value: message("a", 1, { id, parts: body.parts ?? HELD.parts }) };
  };
  const thread = async () => ({
    kind: "done",
    value: { conversation: header(), messages: [], notes: [], more: false },
  });
  const known: Record<string | symbol, unknown> = {
    releaseReply,
    thread,
    returnReply: async () => ({ kind: "done", value: header() }),
  };
  const lost = async () => ({ kind: "lost", retryAfterMs: null });
  const world: World = {
    api: new Proxy(known, { get: (_, name) => known[name] ?? lost }) as unknown as Api,
    storage,
    lastMoment: { read: () => null, write() {}, clear() {} },
    lastBegun: { read: () => null, write() {}, clear() {} },
    socketAddress: "",
    tab: "t",
    livingTabs: async () => new Set(["t"]),
    now: () => Date.now(),
    elapsed: () => 0,
    ...withoutFiles,
    holdMs: () => 0,
    random: () => 0.5,
    randomBytes: () => crypto.getRandomValues(new Uint8Array(10)),
    schedule: (task) => task(),
    whenIdle() {},
    forgetAgent() {},
  };
  const bootstrap = {
    version: 1,
    agent,
    agents: [agent],
    teams: [{ id: TEAM, name: "Support", cursor: cursorAt(1) }],
    counts: { mine: 0, unassigned: 1, all: 1, snoozed: 0, closed: 0, approvals: 1, mentions: 0, waiting: 0 },
    conversations: [header()],
  } as Bootstrap;
  const inbox = new Inbox(world, { kind: "fresh", bootstrap }, { signedOut() {}, replaced() {} });
  /** Somebody else decides, and this page hears of it. */
  const become = async (next: HeldReply[]) => {
    now = next;
    await inbox.openThread("a");
    await settle();
  };
  return { inbox, sent, become };
}

test("they are there on the next page, and not when they are the reply's own", async () => {
  const storage = new MemoryStorage();
  const first = open(storage, [HELD]).inbox;
  await first.answers.keepRewritten("a", HELD, "Sorry!");
  first.stop();
  const next = open(storage, [HELD]).inbox;
  await next.start();
  expect(next.answers.rewritten("msg 9")).toBe("Sorry!");
  await next.answers.keepRewritten("a", HELD, "too quick");
  expect(next.answers.rewritten("msg 9")).toBeUndefined();
  await vi.waitFor(async () => expect(await storage.begun()).toEqual([]));
  next.stop();
});

test("they are over once the reply is approved or sent back", async () => {
  for (const decide of ["release", "giveBack"] as const) {
    const storage = new MemoryStorage();
    const { inbox, become } = open(storage, [HELD]);
    await inbox.answers.keepRewritten("a", HELD, "Sorry!");
    await inbox.answers[decide]("a", HELD, "Sorry!");
    expect([inbox.answers.rewritten("msg 9"), await storage.begun()]).toEqual([undefined, []]);
    await become([]);
    expect(inbox.hasDraft("a"), decide).toBe(false);
  }
});

test("they stand there again when the server refuses, before anything is forgotten", async () => {
  const storage = new MemoryStorage();
  const { inbox, sent } = open(storage, [HELD], "refused");
  const forget = storage.deleteIntent.bind(storage);
  const kept: unknown[] = [];
  storage.deleteIntent = async (id) => {
    kept.push((await storage.begun()).map((it) => "text" in it && it.text));
    return forget(id);
  };
  await inbox.answers.keepRewritten("a", HELD, "Sorry!");
  await inbox.answers.release("a", HELD, "Sorry!");
  await vi.waitFor(async () => expect(await storage.intents()).toEqual([]));
  expect([sent.length, kept, inbox.answers.rewritten("msg 9")]).toEqual([1, [["Sorry!"]], "Sorry!"]);
});

test("they become the draft of a reply when theirs goes away, in this page or before the next one", async () => {
  const here = open(new MemoryStorage(), [HELD]);
  await here.inbox.answers.keepRewritten("a", HELD, "Sorry!");
  await here.become([]);
  expect(here.inbox.drafts.text("a", "reply")).toBe("Sorry!");
  expect(here.inbox.answers.rewritten("msg 9")).toBeUndefined();

  const storage = new MemoryStorage();
  await open(storage, [HELD]).inbox.answers.keepRewritten("a", HELD, "Sorry!");
  const next = open(storage, []).inbox;
  await next.start();
  await settle();
  expect(next.drafts.text("a", "reply")).toBe("Sorry!");
  expect(await storage.begun()).toEqual([]);
  next.stop();
});

test("they are left when a colleague let the reply go as it was", async () => {
  const { inbox, become } = open(new MemoryStorage(), [HELD], "overtaken");
  await inbox.answers.release("a", HELD);
  await settle();
  expect(inbox.answers.rewritten("msg 9")).toBeUndefined();
  await inbox.answers.release("a", HELD, "Sorry!");
  await settle();
  await become([]);
  expect(inbox.drafts.text("a", "reply")).toBe("Sorry!");
});

test("they stay beside another draft until the agent takes or discards them", async () => {
  const { inbox, become } = open(new MemoryStorage(), [HELD]);
  await inbox.keepDraft("a", "reply", "Dear Mia");
  await inbox.answers.keepRewritten("a", HELD, "Sorry!");
  await become([]);
  const leftOver = inbox.answers.leftOver("a");
  expect([leftOver?.text, inbox.drafts.text("a", "reply")]).toEqual(["Sorry!", "Dear Mia"]);
  if (leftOver) await inbox.answers.putLeftOver(leftOver);
  expect(inbox.drafts.text("a", "reply")).toBe("Sorry!\n\nDear Mia");
  expect(inbox.answers.leftOver("a")).toBeUndefined();
});

test("what another tab has sent comes into no draft", async () => {
  const storage = new MemoryStorage();
  const first = open(storage, [HELD]);
  await first.inbox.answers.keepRewritten("a", HELD, "Sorry!");
  const second = open(storage, [HELD]);
  await second.inbox.start();
  await first.inbox.answers.release("a", HELD, "Sorry!");
  await second.become([]);
  expect([second.inbox.hasDraft("a"), second.inbox.answers.rewritten("msg 9")]).toEqual([false, undefined]);
  second.inbox.stop();
});
