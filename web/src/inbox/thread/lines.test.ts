import { expect, test } from "vitest";
import type { Note } from "../../api/types";
import type { ReplyIntent } from "../../sync/intent";
import { conversation, message } from "../../sync/sample";
import { linesOf, mergeMarks } from "./lines";
import { statusMarks } from "./receipts";

const at = (day: number, minute: number) => new Date(2026, 10, day, 12, minute).toISOString();
const note = (id: string, after: number, when: string): Note => ({
  id,
  conversation_id: "a",
  after_seq: after,
  agent_id: "x",
  agent_name: "Ana",
  text: "n",
  created_at: when,
});
const merged = (id: string) => ({
  conversation_id: id,
  at: at(1, 0),
  after_seq: 0,
  messages: 3,
  agent_id: "x",
});
const by = (seq: number, when: string, kind: "user" | "agent" = "user") =>
  message("a", seq, {
    sent_at: when,
    author: kind === "user" ? { kind, id: "u" } : { kind, id: "x", name: "Ana" },
  });

test("days stand between messages, notes after their message, what is pending at the end", () => {
  const pending = { kind: "reply", id: "p", text: "t" } as ReplyIntent;
  const lines = linesOf(
    {
      messages: [by(1, at(1, 0)), by(2, at(1, 1)), by(3, at(2, 0), "agent")],
      notes: [note("before", 0, at(1, 0)), note("n", 2, at(1, 2))],
      pending: [pending],
    },
    null,
  );
  expect(lines.map((line) => line.kind)).toEqual([
    "day",
    "note",
    "message",
    "message",
    "note",
    "day",
    "message",
    "pending",
  ]);
});

test("a line says from where on somebody is known who was anonymous", () => {
  const thread = { messages: [by(1, at(1, 0)), by(2, at(1, 1))], notes: [], pending: [] };
  const kinds = (after: number | null) => linesOf(thread, null, after).map((line) => line.kind);
  expect(kinds(1)).toEqual(["day", "message", "identified", "message"]);
  expect(kinds(0)).toEqual(["identified", "day", "message", "message"]);
  expect(kinds(null)).not.toContain("identified");
});

test("a line says after which message it came to somebody by itself", () => {
  const thread = { messages: [by(1, at(1, 0)), by(2, at(1, 1))], notes: [], pending: [] };
  const kinds = (after: number | null) => linesOf(thread, null, null, [], after).map((line) => line.kind);
  expect(kinds(1)).toEqual(["day", "message", "routed", "message"]);
  expect(kinds(0)).toEqual(["routed", "day", "message", "message"]);
  expect(kinds(null)).not.toContain("routed");
});

test("lines say what was merged into a thread, and what became of it", () => {
  const thread = { messages: [by(1, at(1, 0)), by(2, at(1, 1))], notes: [], pending: [] };
  const marks = mergeMarks(
    conversation("a", {
      merged: [
        { ...merged("b"), after_seq: 1, parted: { at: at(1, 2), after_seq: 2 } },
        { ...merged("c"), after_seq: 0 },
      ],
    }),
  );
  const lines = linesOf(thread, null, null, [], null, marks);
  expect(lines.map((line) => line.key)).toEqual([
    "came c",
    `day ${thread.messages[0]?.id}`,
    thread.messages[0]?.id,
    "came b",
    thread.messages[1]?.id,
    "went b",
  ]);
  const into = { conversation_id: "b", at: at(1, 1), after_seq: 2, agent_id: "x" };
  expect(mergeMarks(conversation("a", { merged_into: into }))).toEqual([
    { what: "into", other: "b", after: 2 },
  ]);
});

test("messages of one author within five minutes stand together", () => {
  const lines = linesOf(
    {
      messages: [by(1, at(1, 0)), by(2, at(1, 4)), by(3, at(1, 10)), by(4, at(1, 11), "agent")],
      notes: [],
      pending: [],
    },
    null,
  );
  expect(lines.flatMap((line) => (line.kind === "message" ? [line.isFollowing] : []))).toEqual([
    false,
    true,
    false,
    false,
  ]);
});

test("the line for what is new stands once, before the first unread message of the user", () => {
  const messages = [by(1, at(1, 0)), by(2, at(1, 1), "agent"), by(3, at(1, 2)), by(4, at(1, 3))];
  const lines = linesOf({ messages, notes: [], pending: [] }, 1);
  expect(lines.map((line) => (line.kind === "message" ? line.message.seq : line.kind))).toEqual([
    "day",
    1,
    2,
    "new",
    3,
    4,
  ]);
});

test("every key is there once, also when a clock went back", () => {
  const messages = [by(1, at(2, 0)), by(2, at(1, 0)), by(3, at(2, 1)), by(4, at(1, 1))];
  const keys = linesOf({ messages, notes: [note("n", 2, at(2, 1))], pending: [] }, 2).map((line) => line.key);
  expect(new Set(keys).size).toBe(keys.length);
});

test("a state is told at the last message it is true of", () => {
  const messages = [1, 2, 3, 4, 5].map((seq) => by(seq, at(1, seq), seq === 1 ? "user" : "agent"));
  const marks = statusMarks(messages, { user_read_seq: 3, user_delivered_seq: 4, team_read_seq: 5 });
  expect([...marks].map(([id, status]) => [id.at(-1), status])).toEqual([
    ["3", "read"],
    ["4", "delivered"],
    ["5", "sent"],
  ]);
});
