// What becomes of an assignment when somebody else was quicker.
import { expect, test } from "vitest";
import type { Api } from "../api/client";
import type { Assign, Bootstrap, Problem } from "../api/types";
import { Inbox } from "./inbox";
import { conversation, cursorAt, ME, TEAM, withoutFiles } from "./sample";
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
  const lost = async () => ({ kind: "lost", retryAfterMs: null });
  const api = new Proxy({ assign }, { get: (known, name) => (name === "assign" ? known.assign : lost) });
  const world: World = {
    api: api as unknown as Api,
    storage: new MemoryStorage(),
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
  return { inbox: new Inbox(world, { kind: "fresh", bootstrap }, { signedOut() {}, replaced() {} }), asked };
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

test("what was written to whoever should have got it becomes a draft when the agent leaves it", async () => {
  const { inbox } = setUp();
  await inbox.decide(["a"], { kind: "assign", agent: ME, words: "I know this one" });
  await settle();
  inbox.dismiss(inbox.notices()[0]?.id ?? -1);
  expect(inbox.drafts.text("a", "note")).toBe("I know this one");
});
