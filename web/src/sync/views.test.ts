import { expect, test } from "vitest";
import { type Conversation, VIEWS } from "../api/types";
import { conversation, ME, randomOf, timeAt } from "./sample";
import { holds, isByWait, type Listed } from "./shelf";
import { addCounts, belongs, countsDelta, mentionOf, ViewIndex, waitsFor } from "./views";

const BEN = "agt_01h2xcejqtf2nbrexx3vqjhp42";
const mention = (unread: boolean) => ({
  agent_id: ME,
  note_id: "note_01h2xcejqtf2nbrexx3vqjhp41",
  unread,
});

const byActivity = (a: Conversation, b: Conversation) =>
  a.active_at === b.active_at ? (a.id < b.id ? 1 : -1) : a.active_at < b.active_at ? 1 : -1;

const byWait = (a: Conversation, b: Conversation) => {
  const [one, other] = [a.waiting_since ?? "", b.waiting_since ?? ""];
  return one === other ? (a.id < b.id ? -1 : 1) : one < other ? -1 : 1;
};

test("rows kept step by step are those of a list built anew, over 40 runs of 60 batches", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomOf(seed);
    const known = new Map<string, Conversation>();
    const lists: readonly Listed[] = [
      ...VIEWS,
      "all;tag=VIP",
      `closed;tag=vip;agent=${BEN}`,
      "all;order=waiting",
      "mine;order=waiting",
    ];
    const indexes = lists.map((list) => ({ list, index: new ViewIndex(holds(list, ME), isByWait(list)) }));
    let counts = {
      mine: 0,
      unassigned: 0,
      all: 0,
      snoozed: 0,
      closed: 0,
      approvals: 0,
      mentions: 0,
      waiting: 0,
    };
    for (const { index } of indexes) index.reach("all");
    for (let batch = 0; batch < 60; batch++) {
      for (let step = Math.floor(random() * 8); step >= 0; step--) {
        const id = `c${Math.floor(random() * 30)}`;
        const before = known.get(id);
        const gone = random() < 0.05;
        const after = gone
          ? undefined
          : conversation(id, {
              state: random() < 0.7 ? "open" : "closed",
              assignee_id: random() < 0.4 ? ME : random() < 0.5 ? BEN : null,
              active_at: timeAt(Math.floor(random() * 20)),
              waiting_since: random() < 0.5 ? timeAt(Math.floor(random() * 20)) : null,
              tags: random() < 0.5 ? ["VIP"] : [],
              mentioned: random() < 0.5 ? [mention(random() < 0.5)] : [],
            });
        if (after) known.set(id, after);
        else known.delete(id);
        counts = addCounts(counts, countsDelta(before, after, ME));
        for (const { index } of indexes) index.touch(id, after);
      }
      for (const { list, index } of indexes) {
        const wanted = [...known.values()].filter(holds(list, ME)).sort(isByWait(list) ? byWait : byActivity);
        expect(index.rows()).toEqual(wanted.map(({ id }) => id));
      }
      for (const view of VIEWS) {
        const all = [...known.values()].filter((it) => belongs(view, it, ME));
        const counted = view === "mentions" ? all.filter((it) => mentionOf(it, ME)?.unread) : all;
        expect(counts[view], view).toBe(counted.length);
      }
      expect(counts.waiting).toBe([...known.values()].filter((it) => waitsFor(it, ME)).length);
    }
  }
});

test("a list ends at what was fetched, although more is known from elsewhere", () => {
  const index = new ViewIndex(holds("all", ME));
  for (const [id, at] of [
    ["new", 9],
    ["edge", 5],
    ["old", 1],
  ] as const) {
    index.touch(id, conversation(id, { active_at: timeAt(at) }));
  }
  expect(index.rows()).toEqual([]);
  index.reach({ activeAt: timeAt(5), id: "edge" });
  expect(index.rows()).toEqual(["new", "edge"]);
  index.reach("all");
  expect(index.rows()).toEqual(["new", "edge", "old"]);
});

test("who waits longest comes first, and goes when they are answered", () => {
  const index = new ViewIndex(holds("all;order=waiting", ME), true);
  for (const [id, since] of [
    ["late", 9],
    ["early", 1],
    ["middle", 5],
  ] as const) {
    index.touch(id, conversation(id, { waiting_since: timeAt(since), active_at: timeAt(10 - since) }));
  }
  index.reach({ activeAt: timeAt(5), id: "middle" });
  expect(index.rows()).toEqual(["early", "middle"]);
  index.reach("all");
  expect(index.rows()).toEqual(["early", "middle", "late"]);
  // Writing more changes nothing: they have waited since before.
  expect(
    index.touch("early", conversation("early", { waiting_since: timeAt(1), active_at: timeAt(30) })),
  ).toBe(false);
  index.touch("early", conversation("early", { waiting_since: null, active_at: timeAt(31) }));
  expect(index.rows()).toEqual(["middle", "late"]);
});

test("rows stay the same value while nothing moved", () => {
  const index = new ViewIndex(holds("all", ME));
  index.reach("all");
  index.touch("a", conversation("a"));
  const rows = index.rows();
  expect(index.touch("a", conversation("a", { unread: 3 }))).toBe(false);
  expect(index.rows()).toBe(rows);
});
