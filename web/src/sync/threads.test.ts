import { expect, test } from "vitest";
import type { Api } from "../api/client";
import type { Message } from "../api/types";
import { Board } from "./board";
import { Replica } from "./replica";
import { conversation, cursorAt, ME, message, page, TEAM } from "./sample";
import { Signals } from "./signals";
import { Threads } from "./threads";

const LAST = 500;

/** A server with one thread of 500 messages, and the threads that read it. */
function setUp() {
  const net = { isUp: true };
  const all: Message[] = Array.from({ length: LAST }, (_, place) => message("a", place + 1));
  const asked: object[] = [];
  const header = conversation("a", { last_seq: LAST });
  const api = {
    thread: async (_: string, query: { before?: number; after?: number; limit: number }) => {
      asked.push(query);
      if (!net.isUp) return { kind: "lost", retryAfterMs: null };
      const { before = LAST + 1, after = 0, limit } = query;
      const fitting = all.filter(({ seq }) => seq < before && seq > after);
      const messages = query.after === undefined ? fitting.slice(-limit) : fitting.slice(0, limit);
      return { kind: "done", value: { conversation: header, messages, notes: [] } };
    },
  } as unknown as Api;
  const replica = new Replica();
  replica.restart([[TEAM, cursorAt(1)]], [header]);
  const signals = new Signals((task) => task());
  const board = new Board(replica, ME, () => [], signals);
  const threads = new Threads(
    api,
    replica,
    board,
    () => [],
    signals,
    () => {},
  );
  const shown = () => threads.snapshot("a").messages.map(({ seq }) => seq);
  return { threads, replica, asked, shown, net };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => from + place);

test("a thread opens at its end", async () => {
  const { threads, shown } = setUp();
  await threads.open("a");
  expect(shown()).toEqual(range(451, 500));
  expect(threads.snapshot("a")).toMatchObject({ phase: "ready", hasOlder: true, hasNewer: false });
});

test("a thread opens around a message from long ago, and leads from there to its end without a hole", async () => {
  const { threads, shown } = setUp();
  await threads.open("a");
  await threads.open("a", 100);
  expect(shown()).toEqual(range(70, 119));
  expect(threads.snapshot("a")).toMatchObject({ hasOlder: true, hasNewer: true });
  for (let pages = 0; pages < 20 && threads.snapshot("a").hasNewer; pages++) await threads.newer("a");
  expect(shown()).toEqual(range(70, 500));
  await threads.older("a");
  expect(shown()).toEqual(range(20, 500));
});

test("a thread that is opened at another place while it loads ends up there, and no old place passes for its end", async () => {
  const { threads, shown } = setUp();
  const [first] = [threads.open("a", 100), threads.open("a")];
  await first;
  expect(shown()).toEqual(range(451, 500));
  expect(threads.snapshot("a")).toMatchObject({ phase: "ready", hasNewer: false });
  const other = setUp();
  const [second] = [other.threads.open("a"), other.threads.open("a", 100)];
  await second;
  expect(other.shown()).toEqual(range(70, 119));
  expect(other.threads.snapshot("a")).toMatchObject({ phase: "ready", hasNewer: true });
});

test("what the feed brings while an old place is looked at does not appear in it", async () => {
  const { threads, replica, shown } = setUp();
  await threads.open("a", 100);
  const newest = message("a", LAST + 1);
  replica.apply(
    TEAM,
    page(
      [{ seq: 2, kind: "message_added", conversation_id: "a", message: newest } as never],
      [conversation("a", { last_seq: LAST + 1 })],
    ),
  );
  threads.touch("a");
  expect(shown()).toEqual(range(70, 119));
});

test("a thread of which only an old place is known fetches its end when it is opened there", async () => {
  const { threads, asked, shown } = setUp();
  await threads.open("a", 100);
  threads.toNewest("a");
  await threads.open("a");
  await new Promise((resolve) => setTimeout(resolve));
  expect(shown()).toEqual(range(451, 500));
  // And what is known is not asked for again.
  const before = asked.length;
  await threads.open("a", 100);
  await threads.open("a");
  expect(asked.length).toBe(before);
});

test("what is shown stays while newer messages cannot be fetched, and they come when the server is back", async () => {
  const { threads, replica, shown, net } = setUp();
  await threads.open("a", 100);
  net.isUp = false;
  await threads.open("a");
  expect(threads.snapshot("a").phase).toBe("ready");
  expect(shown()).toEqual(range(70, 119));
  net.isUp = true;
  threads.heal();
  await new Promise((resolve) => setTimeout(resolve));
  expect(shown()).toEqual(range(451, 500));
  expect(replica.threads.get("a")?.lastSeq).toBe(LAST);
});
