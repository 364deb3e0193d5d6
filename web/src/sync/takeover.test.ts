// What becomes of an assignment when somebody else was quicker.
import { expect, test, vi } from "vitest";
import type { Api } from "../api/client";
import type { Assign, Bootstrap, Problem } from "../api/types";
import { Inbox } from "./inbox";
import { conversation, cursorAt, heldReply, ME, TEAM, withoutFiles } from "./sample";
import { MemoryStorage } from "./storage";
import type { World } from "./world";

const CARLA = "agt_01h2xcejqtf2nbrexx3vqjhp42";
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

/** An inbox on a server on which Carla has taken the conversation meanwhile. */
function setUp() {
  const asked: Assign[] = [];
  const problem = {
    type: "",
    status: 409,
    code: "assignee_changed",
    title: "",
    holder: { agent_id: CARLA, since: "2026-11-22T10:02:00.000Z", by_agent_id: CARLA },
  } as Problem;
  const assign = async (id: string, body: Assign) => {
    asked.push(body);
    return body.seen?.agent_id === CARLA
      ? { kind: "done", value: conversation(id, { assignee_id: body.agent_id ?? null }) }
      : { kind: "refused", problem };
  };
  const returnReply = async () => ({ kind: "refused", problem: { code: "not_found" } });
  const lost = async () => ({ kind: "lost", retryAfterMs: null });
  const known: Record<string | symbol, unknown> = { assign, returnReply };
  const api = new Proxy(known, { get: (_, name) => known[name] ?? lost });
  const storage = new MemoryStorage();
  const world: World = {
    api: api as unknown as Api,
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
  const agent = { id: ME, name: "Ana", email: "ana@example.com", role: "agent" as const };
  const bootstrap = {
    version: 1,
    agent,
    agents: [agent, { ...agent, id: CARLA, name: "Carla" }],
    teams: [{ id: TEAM, name: "Support", cursor: cursorAt(1) }],
    counts: { mine: 0, unassigned: 1, all: 1, snoozed: 0, closed: 0, approvals: 0, mentions: 0, waiting: 0 },
    conversations: [conversation("a")],
  } as Bootstrap;
  const inbox = new Inbox(world, { kind: "fresh", bootstrap }, { signedOut() {}, replaced() {} });
  return { inbox, asked, storage };
}

test("taking what somebody took meanwhile asks, and is done once the agent says so", async () => {
  const { inbox, asked } = setUp();
  await inbox.decide(["a"], { kind: "assign", agent: ME, words: "I know this one" });
  await settle();
  const [notice] = inbox.notices();
  expect(notice?.problem.holder?.agent_id).toBe(CARLA);
  expect(inbox.conversation("a")?.assignee_id, "what was shown at once is gone").toBeNull();
  if (notice) await inbox.assignAnyway(notice);
  await settle();
  expect(inbox.notices()).toEqual([]);
  expect(inbox.conversation("a")?.assignee_id).toBe(ME);
  expect(asked.map(({ seen, note }) => [seen?.agent_id, note?.text])).toEqual([
    [null, "I know this one"],
    [CARLA, "I know this one"],
  ]);
  expect(
    asked.every(({ note }) => note?.id.startsWith("note_")),
    "a note's id",
  ).toBe(true);
  expect(inbox.drafts.text("a", "note"), "it is sent").toBe("");
});

test("what was written to whoever should have got it stands below the draft of a note before anything is forgotten", async () => {
  const { inbox, storage } = setUp();
  await inbox.keepDraft("a", "note", "Ask about the lid");
  const drafts: string[][] = [];
  const forget = storage.deleteIntent.bind(storage);
  storage.deleteIntent = async (id) => {
    drafts.push((await storage.drafts()).map(({ text }) => text));
    return forget(id);
  };
  await inbox.decide(["a"], { kind: "assign", agent: ME, words: "I know this one" });
  await vi.waitFor(async () => expect(await storage.intents()).toEqual([]));
  expect(drafts).toEqual([["Ask about the lid\n\nI know this one"]]);
  const [notice] = inbox.notices();
  if (notice) await inbox.assignAnyway(notice);
  await settle();
  expect(inbox.drafts.text("a", "note"), "its words are sent, the others stay").toBe("Ask about the lid");
});

test("why a reply went back to its author stands in the draft of a note when the server refuses", async () => {
  const { inbox } = setUp();
  const held = heldReply("msg 9", { agent_id: CARLA, waits_for: "approval" });
  for (let times = 0; times < 2; times++) {
    await inbox.answers.giveBack("a", held, "Say when it comes");
    await settle();
  }
  expect(inbox.drafts.text("a", "note"), "once").toBe("Say when it comes");
  expect(inbox.hasDraft("a")).toBe(true);
});
