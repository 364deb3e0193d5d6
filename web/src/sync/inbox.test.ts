import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Api } from "../api/client";
import type { Bootstrap, Part, ServerFrame } from "../api/types";
import { Inbox } from "./inbox";
import { conversation, cursorAt, ME, TEAM, timeAt, withoutFiles } from "./sample";
import { MemoryStorage } from "./storage";
import type { World } from "./world";

/** A socket that says what the test wants. */
class FakeSocket {
  static readonly OPEN = 1;
  static last: FakeSocket | null = null;
  readonly readyState = FakeSocket.OPEN;
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;

  constructor() {
    FakeSocket.last = this;
  }
  readonly sent: { type: string }[] = [];
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {}
  say(frame: ServerFrame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

beforeEach(() => void vi.stubGlobal("WebSocket", FakeSocket));
afterEach(() => void vi.unstubAllGlobals());

const agent = { id: ME, name: "Ana", email: "ana@example.com", role: "agent" as const };
const bootstrapAt = (cursor: string): Bootstrap =>
  ({
    version: 1,
    agent,
    agents: [agent],
    teams: [{ id: TEAM, name: "Support", cursor }],
    counts: { mine: 0, unassigned: 1, all: 1, snoozed: 0, closed: 0, approvals: 0, mentions: 0, waiting: 0 },
    conversations: [conversation("a", { last_seq: 9 })],
  }) as Bootstrap;

async function live(next: Bootstrap) {
  const seen: number[] = [];
  const inbox = inboxOf(
    {
      bootstrap: async () => ({ kind: "done", value: next }),
      conversations: async () => ({ kind: "lost", retryAfterMs: null }),
      reply: async (_: string, __: string, ___: string, seenSeq: number) => {
        seen.push(seenSeq);
        return { kind: "lost", retryAfterMs: 60_000 };
      },
    },
    0,
  );
  await inbox.start();
  inbox.saw("a", 9);
  FakeSocket.last?.say({ type: "reset", team_id: TEAM });
  await new Promise((resolve) => setTimeout(resolve, 10));
  await inbox.reply("a", "hello", false);
  inbox.stop();
  return seen;
}

function inboxOf(
  api: object,
  holdMs: number,
  more: Partial<Bootstrap> = {},
  storage = new MemoryStorage(),
): Inbox {
  const bootstrap = { ...bootstrapAt(cursorAt(5)), ...more };
  const world: World = {
    api: api as Api,
    storage,
    lastMoment: { read: () => null, write() {}, clear() {} },
    lastBegun: { read: () => null, write() {}, clear() {} },
    socketAddress: "",
    tab: "t",
    livingTabs: async () => new Set(["t"]),
    now: () => 1_000,
    elapsed: () => 0,
    ...withoutFiles,
    holdMs: () => holdMs,
    random: () => 0.5,
    randomBytes: () => crypto.getRandomValues(new Uint8Array(10)),
    schedule: (task) => task(),
    whenIdle() {},
    forgetAgent() {},
  };
  return new Inbox(world, { kind: "fresh", bootstrap }, { signedOut() {}, replaced() {} });
}

test("another history gave its numbers anew: a reply does not claim to have seen them", async () => {
  expect(await live(bootstrapAt("00000000000000bb.2"))).toEqual([0]);
});

test("after a trimmed feed of the same history what was seen counts on", async () => {
  expect(await live(bootstrapAt(cursorAt(50)))).toEqual([9]);
});

test("a reply takes its quote along, and undo brings both back", async () => {
  const quotes: (string | null)[] = [];
  const reply = async (_: string, __: string, ___: string, ____: number, quote: string | null) => {
    quotes.push(quote);
    return { kind: "lost", retryAfterMs: 60_000 };
  };
  let isHeld = 0;
  const holdReply = async () => {
    isHeld++;
    return { kind: "lost", retryAfterMs: 60_000 };
  };
  const held = inboxOf({ reply, holdReply }, 5_000);
  await held.start();
  held.setQuote("a", "msg 7");
  expect(held.quoted("a")).toBe("msg 7");
  await held.reply("a", "that one", false);
  expect(held.quoted("a")).toBeUndefined();
  await held.undo();
  expect(held.quoted("a")).toBe("msg 7");
  expect(held.drafts.text("a", "reply")).toBe("that one");
  held.stop();
  expect([quotes, isHeld]).toEqual([[], 1]);
  const inbox = inboxOf({ reply }, 0);
  await inbox.start();
  inbox.setQuote("a", "msg 7");
  await inbox.reply("a", "that one", false);
  inbox.stop();
  expect(quotes).toEqual(["msg 7"]);
});

test("a reply asks for what it was made to ask for, and undo brings that back, also from the server", async () => {
  const sent: unknown[] = [];
  const reply = async (_: string, __: string, parts: unknown) => {
    sent.push(parts);
    return { kind: "lost", retryAfterMs: 60_000 };
  };
  const holdReply = async () => ({ kind: "lost", retryAfterMs: 60_000 });
  const held = inboxOf({ reply, holdReply }, 5_000);
  await held.start();
  held.answers.setAsk("a", "place");
  await held.reply("a", "for the driver", false);
  expect(held.answers.asks("a")).toBeUndefined();
  await held.undo();
  expect([held.answers.asks("a"), held.drafts.text("a", "reply")]).toEqual(["place", "for the driver"]);
  held.answers.setAsk("a", undefined);
  const parts: Part[] = [
    { type: "text", text: "of the lid" },
    { type: "request", for: "photo" },
  ];
  const waits = { agent_id: ME, agent_name: "Ana", held_at: timeAt(1), waits_for: "approval" } as const;
  await held.answers.takeHeldBack("a", { id: "msg 9", parts, then_close: false, ...waits });
  expect(held.answers.asks("a")).toBe("photo");
  held.stop();
  const inbox = inboxOf({ reply }, 0);
  await inbox.start();
  inbox.answers.setAsk("a", "place");
  await inbox.reply("a", "for the driver", false);
  inbox.stop();
  const asked = { type: "request", for: "place" };
  expect(sent).toEqual([[{ type: "text", text: "for the driver" }, asked]]);
});

test("what the server will not take as read is not said again and again", async () => {
  const asked: number[] = [];
  const refuse = async (_: string, seq: number) => {
    asked.push(seq);
    return { kind: "refused", problem: { code: "forbidden" } };
  };
  const unread = { conversations: [conversation("a", { last_seq: 9, unread: 1 })] };
  const inbox = inboxOf({ moveReceipt: refuse }, 0, unread);
  for (let times = 0; times < 3; times++) await inbox.markRead("a", 9);
  expect(inbox.conversation("a")?.unread).toBe(1);
  await inbox.markRead("a", 10);
  expect(asked).toEqual([9, 10]);

  const viewer = inboxOf({ moveReceipt: refuse }, 0, { ...unread, agent: { ...agent, role: "viewer" } });
  await viewer.markRead("a", 9);
  expect([asked, viewer.conversation("a")?.unread]).toEqual([[9, 10], 1]);
});

test("whoever came after the page was opened is asked for once, by name", async () => {
  const cleo = { ...agent, id: "agt_cleo", name: "Cleo", team_ids: [TEAM] };
  let asked = 0;
  const answers = [{ kind: "lost", retryAfterMs: null }, { agents: [cleo] }];
  const bootstrap = async () => {
    const value = answers[asked++];
    return value && "kind" in value ? value : { kind: "done", value };
  };
  const taken = conversation("a", { last_seq: 9, assignee_id: cleo.id });
  const inbox = inboxOf({ bootstrap, conversation: async () => ({ kind: "done", value: taken }) }, 0, {
    conversations: [taken, conversation("b", { assignee_id: cleo.id })],
  });
  await vi.waitFor(() => expect(asked).toBe(1));
  // Lost: asked again as soon as the line is live, and never more.
  inbox.people.live();
  await vi.waitFor(() => expect(inbox.agents.get(cleo.id)?.name).toBe("Cleo"));
  inbox.people.live();
  inbox.people.meet(cleo.id);
  expect(asked).toBe(2);
});

test("the page says what it shows when that changes, with each ping, and with a new line; an idle page says no more", async () => {
  vi.useFakeTimers();
  const nothing = new Proxy({}, { get: () => async () => ({ kind: "lost", retryAfterMs: null }) });
  const inbox = inboxOf(nothing, 0);
  await inbox.start();
  const hello = { type: "hello", version: 1, reconnect: { min_ms: 0, max_ms: 0 }, ping_ms: 25_000 } as const;
  const said = () => FakeSocket.last?.sent.filter(({ type }) => type === "viewing" || type === "ping");
  inbox.view("a");
  FakeSocket.last?.say(hello);
  const viewing = { type: "viewing", conversation_id: "a" };
  expect(said()?.at(-1)).toEqual(viewing);
  inbox.view("a");
  const before = said()?.length ?? 0;
  for (let beat = 0; beat < 4; beat++) {
    await vi.advanceTimersByTimeAsync(25_000);
    FakeSocket.last?.say({ type: "pong" });
  }
  expect(said()?.slice(before)).toEqual(
    Array(4)
      .fill([{ type: "ping" }, viewing])
      .flat(),
  );
  inbox.view(null);
  expect(said()?.at(-1)).toEqual({ type: "viewing", conversation_id: null });
  FakeSocket.last?.say({ type: "viewing", conversation_id: "a", agent_id: "carla" });
  FakeSocket.last?.say({ type: "viewing", conversation_id: "a", agent_id: ME });
  expect(inbox.lookers("a")).toBe("carla");
  inbox.stop();
  vi.useRealTimers();
});

test("an inbox opens although its database gives way, and sends what was left there once it can be read", async () => {
  const sent: string[] = [];
  const reply = async (_: string, id: string) => {
    sent.push(id);
    return { kind: "lost", retryAfterMs: 60_000 };
  };
  const nothing = async () => ({ kind: "lost", retryAfterMs: null });
  const api = new Proxy({}, { get: (_, name) => (name === "reply" ? reply : nothing) });
  const storage = new MemoryStorage();
  const left = { id: "msg 7", conversation: "a", kind: "reply", text: "hello", seenSeq: 0 } as const;
  await storage.putIntent({ ...left, at: timeAt(1), tab: "gone", order: 1 });
  const read = storage.intents.bind(storage);
  storage.intents = () => Promise.reject(new Error("closed"));
  const inbox = inboxOf(api, 0, {}, storage);
  await inbox.start();
  expect(sent).toEqual([]);
  storage.intents = read;
  inbox.wake();
  await vi.waitFor(() => expect(sent).toEqual(["msg 7"]));
  inbox.stop();
});

test("an inbox that ended while it read what was left does not go live", async () => {
  FakeSocket.last = null;
  const inbox = inboxOf({}, 0);
  const started = inbox.start();
  inbox.stop();
  await started;
  expect(FakeSocket.last).toBeNull();
});
