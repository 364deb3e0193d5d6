import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Api } from "../api/client";
import { Board } from "./board";
import { Lists } from "./lists";
import { Replica } from "./replica";
import { conversation, cursorAt, ME, TEAM } from "./sample";
import { Signals } from "./signals";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("counts that were asked for before something was counted here do not undo it", async () => {
  const answers: ((counts: { all: number; closed: number }) => void)[] = [];
  const api = {
    conversations: () =>
      new Promise((resolve) =>
        answers.push((counts) =>
          resolve({
            kind: "done",
            value: { conversations: [], counts: { mine: 0, unassigned: counts.all, ...counts }, next: null },
          }),
        ),
      ),
  } as unknown as Api;
  const replica = new Replica();
  const open = conversation("a");
  replica.restart([[TEAM, cursorAt(1)]], [open, conversation("b")]);
  const signals = new Signals((task) => task());
  const board = new Board(replica, ME, () => [], signals);
  board.setCounts({
    mine: 0,
    unassigned: 2,
    all: 2,
    snoozed: 0,
    closed: 0,
    approvals: 0,
    mentions: 0,
    waiting: 0,
  });
  board.refreshAll();
  const lists = new Lists(api, replica, board, signals, () => {});

  lists.recountSoon();
  await vi.advanceTimersByTimeAsync(5_000);
  // The request has left; the server confirms that this agent closed one; then the older answer comes.
  board.count(replica.merge(replica.moment(), [{ ...open, state: "closed" }]), () => false);
  answers[0]?.({ all: 2, closed: 0 });
  await vi.advanceTimersByTimeAsync(0);
  expect(board.counts()).toMatchObject({ all: 1, closed: 1 });
  // It is asked once more, and that answer counts.
  await vi.advanceTimersByTimeAsync(5_000);
  answers[1]?.({ all: 7, closed: 1 });
  await vi.advanceTimersByTimeAsync(0);
  expect(board.counts()).toMatchObject({ all: 7, closed: 1 });
  lists.stop();
});

test("a list is fetched whole, but not further than somebody wants, and not twice at a time", async () => {
  const asked: { limit: number; before?: string }[] = [];
  const page = (from: number, rows: number) =>
    Array.from({ length: rows }, (_, at) =>
      conversation(`${1_000 + from + at}`, { active_at: new Date(1e12 - (from + at) * 1_000).toISOString() }),
    );
  let isAway = false;
  const api = {
    conversations: async (query: { limit: number; before?: string }) => {
      asked.push(query);
      if (isAway) return { kind: "lost", retryAfterMs: null };
      const from = Number(query.before ?? 0);
      const conversations = page(from, Math.min(query.limit, 330 - from));
      const next = from + query.limit < 330 ? `${from + query.limit}` : null;
      return {
        kind: "done",
        value: { conversations, counts: { mine: 0, unassigned: 330, all: 330, snoozed: 0, closed: 0 }, next },
      };
    },
  } as unknown as Api;
  const replica = new Replica();
  replica.restart([[TEAM, cursorAt(1)]], []);
  const signals = new Signals((task) => task());
  const board = new Board(replica, ME, () => [], signals);
  const lists = new Lists(api, replica, board, signals, () => {});

  const first = lists.more("all");
  expect(lists.more("all")).toBe(first);
  await first;
  expect(board.rows("all").length).toBe(50);
  expect(await lists.whole("all", 200)).toBe(true);
  expect(board.rows("all").length).toBe(200);
  isAway = true;
  expect(await lists.whole("all", 1_000)).toBe(false);
  isAway = false;
  expect(await lists.whole("all", 1_000)).toBe(true);
  expect(board.rows("all").length).toBe(330);
  expect(asked.map(({ limit }) => limit)).toEqual([50, 100, 50, 100, 100, 100]);
  lists.stop();
});
