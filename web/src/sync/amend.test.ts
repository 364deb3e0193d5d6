import { describe, expect, test, vi } from "vitest";
import type { Api } from "../api/client";
import type { Bootstrap, Message } from "../api/types";
import type { Editing } from "./answers";
import { Inbox } from "./inbox";
import type { Intent } from "./intent";
import { amended, overlay, wordsOf } from "./overlay";
import { conversation, cursorAt, ME, message, TEAM, timeAt, withoutFiles } from "./sample";
import { MemoryStorage } from "./storage";
import { ThreadLog } from "./threadlog";
import type { World } from "./world";

const mine = (seq: number, more: Partial<Message> = {}) =>
  message("a", seq, { author: { kind: "agent", id: ME, name: "Ana" }, ...more });
const intent = (more: object): Intent =>
  ({ id: "int 1", conversation: "a", at: timeAt(9), tab: "t", order: 1, ...more }) as Intent;
const file = { type: "attachment", attachment_id: "f", media_type: "text/plain", bytes: 1 } as const;

describe("what lies over a message", () => {
  const truth = mine(1, {
    parts: [file, { type: "text", text: "one" }, { type: "text", text: "two" }],
  });

  test("new words stand where the first ones stood, and other parts stay", () => {
    const shown = amended(truth, [intent({ kind: "edit", message: truth.id, text: "three" })]);
    expect(shown.parts).toEqual([file, { type: "text", text: "three" }]);
    expect(shown.edited_at).toBe(timeAt(9));
    const other = intent({ kind: "edit", message: "another", text: "three" });
    const held = intent({ kind: "edit", message: truth.id, text: "x", held: { why: "refused", code: "x" } });
    expect(amended(truth, [other, held])).toBe(truth);
  });

  test("what is taken back says nothing, and is in the list so too", () => {
    const back = intent({ kind: "delete", message: truth.id });
    expect(amended(truth, [back, intent({ kind: "edit", message: truth.id, text: "x" })]).parts).toEqual([]);
    const header = conversation("a", { last_message: truth });
    expect(overlay(header, { intents: [back], readSeq: 0 }).last_message?.deleted_at).toBe(timeAt(9));
  });

  test("only words can be edited", () => {
    expect(wordsOf(truth)).toBe("one\ntwo");
    expect([wordsOf(mine(1, { parts: [file] })), wordsOf(mine(1, { deleted_at: timeAt(3) }))]).toEqual([
      null,
      null,
    ]);
  });
});

test("an older state of a message does not come back", () => {
  const log = new ThreadLog();
  const at = (ms: number, text: string) =>
    mine(1, { edited_at: timeAt(ms), parts: [{ type: "text", text }] });
  const gone = mine(1, { deleted_at: timeAt(1), parts: [] });
  for (const [comes, stays] of [
    [at(5, "b"), at(5, "b")],
    [mine(1), at(5, "b")],
    [at(6, "c"), at(6, "c")],
    [at(5, "b"), at(6, "c")],
    [gone, gone],
    [at(6, "c"), gone],
  ] as const) {
    log.putMessage(comes);
    expect(log.messages).toEqual([stays]);
  }
});

function setUp(refusal?: string) {
  const asked: string[] = [];
  const truth = [message("a", 1), mine(2), mine(3)];
  const answer = (what: string, id: string, more: Partial<Message>) => {
    asked.push(what);
    const known = truth.find((it) => it.id === id);
    const problem =
      refusal === "lost"
        ? { kind: "lost", retryAfterMs: 60_000 }
        : { kind: "refused", problem: { code: refusal } };
    return Promise.resolve(refusal ? problem : { kind: "done", value: { ...known, ...more } });
  };
  const header = conversation("a", { last_seq: 3, last_message: truth[2] as Message });
  const api = {
    thread: async () => ({
      kind: "done",
      value: { conversation: header, messages: truth, notes: [], more: false },
    }),
    editReply: (_: string, id: string, text: string) =>
      answer(`edit ${id}: ${text}`, id, { edited_at: timeAt(50), parts: [{ type: "text", text }] }),
    deleteReply: (_: string, id: string) => answer(`delete ${id}`, id, { deleted_at: timeAt(60), parts: [] }),
  } as unknown as Api;
  const world: World = {
    api,
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
    agents: [agent],
    teams: [{ id: TEAM, name: "Support", cursor: cursorAt(1) }],
    counts: { mine: 0, unassigned: 1, all: 1, snoozed: 0, closed: 0, approvals: 0, mentions: 0, waiting: 0 },
    conversations: [header],
  } as Bootstrap;
  const start = { kind: "fresh", bootstrap } as const;
  const inbox = new Inbox(world, start, { signedOut() {}, replaced() {} });
  const shown = () => inbox.thread("a").messages.map(wordsOf);
  return { inbox, asked, shown, world, start };
}

describe("an agent's own replies", () => {
  test("are edited at once, and the server is told; the same words say nothing", async () => {
    const { inbox, asked, shown } = setUp();
    await inbox.openThread("a");
    expect(inbox.edit("a", "msg a 1")).toBe(false);
    expect(inbox.edit("a")).toBe(true);
    const editing = inbox.editing("msg a 3") as Editing;
    expect(editing).toMatchObject({ message: "msg a 3", text: "3" });
    await inbox.saveEdit(editing, "3");
    expect([inbox.editing("msg a 3"), asked]).toEqual([null, []]);
    inbox.edit("a");
    await inbox.saveEdit(editing, "three");
    expect(shown()).toEqual(["1", "2", "three"]);
    await vi.waitFor(() => expect(inbox.unsent()).toBe(0));
    expect([asked, shown()]).toEqual([["edit msg a 3: three"], ["1", "2", "three"]]);
  });

  test("keep the words of an edit in each conversation, also for the next page", async () => {
    vi.stubGlobal(
      "WebSocket",
      class {
        send() {}
        close() {}
      },
    );
    const { inbox, asked, world, start } = setUp();
    await inbox.openThread("a");
    inbox.edit("a", "msg a 2");
    inbox.answers.keepEdit("a", "msg a 2", "two, and more");
    inbox.edit("a", "msg a 3");
    inbox.answers.keepEdit("a", "msg a 3", "three, and");
    // Asked again, it goes on where it stood.
    inbox.edit("a", "msg a 2");
    expect(inbox.editing("msg a 2")).toMatchObject({ text: "two, and more", asked: 2 });
    inbox.setQuote("a", "msg a 1");
    await vi.waitFor(async () => expect(await world.storage.begun()).toHaveLength(3));
    inbox.stop();

    const next = new Inbox(world, start, { signedOut() {}, replaced() {} });
    await next.start();
    await next.openThread("a");
    const editing = next.editing("msg a 2") as Editing;
    // It stands there, and takes the focus from nobody.
    expect([editing.text, editing.asked, next.editing("msg a 3")?.text]).toEqual([
      "two, and more",
      0,
      "three, and",
    ]);
    expect(next.quoted("a")).toBe("msg a 1");
    next.setQuote("a", undefined);
    next.stopEditing("msg a 3");
    await next.saveEdit(editing, "two!");
    await vi.waitFor(async () => expect(await world.storage.begun()).toEqual([]));
    await vi.waitFor(() => expect(asked).toContain("edit msg a 2: two!"));
    next.stop();
    vi.unstubAllGlobals();
  });

  test("are taken back after a moment in which that can be undone", async () => {
    vi.useFakeTimers();
    const { inbox, asked, shown } = setUp();
    await inbox.openThread("a");
    await inbox.deleteMessage("a", "msg a 2");
    expect(shown()).toEqual(["1", null, "3"]);
    expect(await inbox.undo()).toBe("a");
    expect(shown()).toEqual(["1", "2", "3"]);
    await inbox.deleteMessage("a", "msg a 2");
    await vi.advanceTimersByTimeAsync(6_000);
    expect([asked, shown()]).toEqual([["delete msg a 2"], ["1", null, "3"]]);
    expect(inbox.lastDone()).toBeNull();
    vi.useRealTimers();
  });

  test("stay taken back where nobody knows whether the server has done it", async () => {
    vi.useFakeTimers();
    const { inbox, asked, shown } = setUp("lost");
    await inbox.openThread("a");
    await inbox.deleteMessage("a", "msg a 2");
    await vi.advanceTimersByTimeAsync(6_000);
    expect(asked).toEqual(["delete msg a 2"]);
    expect(await inbox.undo()).toBeNull();
    expect(shown()).toEqual(["1", null, "3"]);
    vi.useRealTimers();
  });

  test("are shown as they are when the server refuses, which is said", async () => {
    const { inbox, shown } = setUp("not_editable");
    await inbox.openThread("a");
    inbox.edit("a");
    await inbox.saveEdit(inbox.editing("msg a 3") as Editing, "three");
    await vi.waitFor(() => expect(inbox.notices()).toHaveLength(1));
    expect([shown(), inbox.unsent()]).toEqual([["1", "2", "3"], 0]);
  });

  test("keep the words that the server refused where they were written, before anything is forgotten", async () => {
    const { inbox, world } = setUp("too_large");
    const { storage } = world;
    const kept: unknown[] = [];
    const forget = storage.deleteIntent.bind(storage);
    storage.deleteIntent = async (id) => {
      kept.push(await storage.begun());
      return forget(id);
    };
    await inbox.openThread("a");
    inbox.edit("a");
    inbox.answers.keepEdit("a", "msg a 3", "three");
    await inbox.saveEdit(inbox.editing("msg a 3") as Editing, "three");
    await vi.waitFor(async () => expect(await storage.intents()).toEqual([]));
    expect(kept).toEqual([[{ kind: "edit", conversation: "a", message: "msg a 3", text: "three" }]]);
    expect(inbox.editing("msg a 3")?.text).toBe("three");
  });

  test("have only the newest of several words back, and not over what was written since", async () => {
    const { inbox } = setUp("not_editable");
    await inbox.openThread("a");
    const editing = { conversation: "a", message: "msg a 3", text: "3", asked: 1 };
    const saved = [inbox.saveEdit(editing, "three"), inbox.saveEdit(editing, "three!")];
    await Promise.all(saved);
    await vi.waitFor(() => expect(inbox.unsent()).toBe(0));
    expect(inbox.editing("msg a 3")?.text).toBe("three!");
    inbox.answers.keepEdit("a", "msg a 3", "newer");
    await inbox.answers.keepRefused(intent({ kind: "edit", message: "msg a 3", text: "three!" }));
    expect(inbox.answers.editedWords(editing)).toBe("newer");
  });
});
