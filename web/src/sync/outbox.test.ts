import { describe, expect, test } from "vitest";
import type { Problem } from "../api/types";
import type { Intent } from "./intent";
import { emptyOutbox, type Outbox, type OutboxEffect, type OutboxEvent, stepOutbox } from "./outbox";
import { message, randomOf } from "./sample";

const half = () => 0.5;
let made = 0;

function reply(conversation: string, more: Partial<Intent> = {}): Intent {
  made++;
  const base = { id: `msg ${made}`, conversation, at: "", tab: "t", order: made };
  return { ...base, kind: "reply", text: "hello", seenSeq: 1, ...more } as Intent;
}
const close = (conversation: string, after?: string): Intent =>
  ({ ...reply(conversation), kind: "state", state: "closed", ...(after ? { after } : {}) }) as Intent;

const problem = (code: Problem["code"]): Problem => ({
  type: "",
  status: 409,
  code,
  title: "",
  unseen: [message("a", 2)],
});

function run(events: OutboxEvent[], from: Outbox = emptyOutbox): { box: Outbox; effects: OutboxEffect[] } {
  let box = from;
  let effects: OutboxEffect[] = [];
  for (const event of events) [box, effects] = stepOutbox(box, event, half);
  return { box, effects };
}
const stored = (intent: Intent): OutboxEvent => ({ on: "stored", intent });
const sentIds = (effects: OutboxEffect[]) =>
  effects.flatMap((effect) => (effect.do === "send" ? [effect.intent.id] : []));

describe("the outbox", () => {
  test("a reply waits for its files and holds back later replies, but no note and no decision", () => {
    const file = (id: string) => ({ id, name: id, bytes: 1, mediaType: "" });
    const first = reply("a", { files: [file("f1"), file("f2")] } as Partial<Intent>);
    const [second, after, decision] = [reply("a"), close("a", first.id), close("a")];
    const note = { ...reply("a"), kind: "note" } as Intent;
    const all = [first, second, after, decision, note].map(stored);
    let { box } = run(all);
    expect([...box.sending]).toEqual([decision.id]);
    ({ box } = run([{ on: "done", id: decision.id }], box));
    expect([...box.sending]).toEqual([note.id]);
    ({ box } = run(
      [
        { on: "done", id: note.id },
        { on: "file", id: "f1" },
      ],
      box,
    ));
    expect([...box.sending]).toEqual([]);
    expect(sentIds(run([{ on: "file", id: "f2" }], box).effects)).toEqual([first.id]);
    // Files that were whole before their reply was stored count, too.
    expect(sentIds(run([{ on: "file", id: "f1" }, { on: "file", id: "f2" }, stored(first)]).effects)).toEqual(
      [first.id],
    );
  });

  test("a reply whose file was refused needs the person, and can be tried again", () => {
    const first = reply("a", { files: [{ id: "f1", name: "", bytes: 1, mediaType: "" }] } as Partial<Intent>);
    const refusal = { on: "file_refused", id: "f1", code: "file_refused" } as const;
    const { box } = run([stored(first), refusal]);
    expect(box.intents[0]?.held).toEqual({ why: "refused", code: "file_refused" });
    const again = run(
      [
        { on: "retry", id: first.id },
        { on: "file", id: "f1" },
      ],
      box,
    );
    expect(sentIds(again.effects)).toEqual([first.id]);
    expect(run([refusal]).effects).toEqual([]);
  });

  test("sends in order within a conversation and side by side across them", () => {
    const [first, second, other] = [reply("a"), reply("a"), reply("b")];
    expect(sentIds(run([stored(first)]).effects)).toEqual([first.id]);
    const { box, effects } = run([stored(first), stored(second), stored(other)]);
    expect(sentIds(effects)).toEqual([other.id]);
    expect(sentIds(run([{ on: "done", id: first.id }], box).effects)).toEqual([second.id]);
  });

  test("after a lost request it waits, and goes on from the first", () => {
    const [first, second] = [reply("a"), reply("a")];
    const { box, effects } = run([
      stored(first),
      stored(second),
      { on: "lost", id: first.id, retryAfterMs: null },
    ]);
    expect(effects).toEqual([{ do: "wait", ms: 500 }]);
    expect(sentIds(run([{ on: "wake" }], box).effects)).toEqual([first.id]);
  });

  test("obeys Retry-After", () => {
    const first = reply("a");
    const { effects } = run([stored(first), { on: "lost", id: first.id, retryAfterMs: 7_000 }]);
    expect(effects).toEqual([{ do: "wait", ms: 7_000 }]);
  });

  test("a reply that was overtaken waits for its author, with what was unseen, and so do replies behind it", () => {
    const [first, second] = [reply("a"), reply("a")];
    const { box, effects } = run([
      stored(first),
      stored(second),
      { on: "refused", id: first.id, problem: problem("conversation_moved") },
    ]);
    expect(sentIds(effects)).toEqual([]);
    expect(box.intents[0]?.held).toMatchObject({ why: "moved", unseen: [{ seq: 2 }] });
    const again = run([{ on: "send_anyway", id: first.id, seenSeq: 2 }], box);
    expect(again.effects).toMatchObject([
      { do: "store" },
      { do: "send", intent: { id: first.id, seenSeq: 2 } },
    ]);
  });

  test("a message that is refused for good steps aside", () => {
    const [first, second] = [reply("a"), reply("a")];
    const { effects, box } = run([
      stored(first),
      stored(second),
      { on: "refused", id: first.id, problem: problem("too_large") },
    ]);
    expect(sentIds(effects)).toEqual([second.id]);
    expect(box.intents[0]?.held).toEqual({ why: "refused", code: "too_large" });
  });

  test("send-and-close closes only after the reply, and not at all if the reply is discarded", () => {
    const first = reply("a");
    const closing = close("a", first.id);
    const moved = run([
      stored(first),
      stored(closing),
      { on: "refused", id: first.id, problem: problem("conversation_moved") },
    ]);
    expect(sentIds(moved.effects)).toEqual([]);
    expect(run([{ on: "discard", id: first.id }], moved.box).box.intents).toEqual([]);
    expect(sentIds(run([stored(first), stored(closing), { on: "done", id: first.id }]).effects)).toEqual([
      closing.id,
    ]);
  });

  test("closing is not held up by an older message that failed", () => {
    const [first, closing] = [reply("a"), close("a")];
    const { effects } = run([
      stored(first),
      { on: "refused", id: first.id, problem: problem("too_large") },
      stored(closing),
    ]);
    expect(sentIds(effects)).toEqual([closing.id]);
  });

  test("a refused assignment is rolled back and told", () => {
    const assign = { ...reply("a"), kind: "assign", agent: "x" } as Intent;
    const { box, effects } = run([
      stored(assign),
      { on: "refused", id: assign.id, problem: problem("invalid_body") },
    ]);
    expect(box.intents).toEqual([]);
    expect(effects.map((effect) => effect.do)).toEqual(["tell", "forget"]);
  });

  test("what is held can be had back without a trace, and what comes behind it waits", () => {
    const [first, second, other] = [reply("a", { until: 5_000 }), reply("a"), reply("b")];
    const held = run([stored(first), stored(second)]);
    expect(run([stored(first)]).effects).toEqual([{ do: "hold", id: first.id, until: 5_000 }]);
    expect(sentIds(held.effects)).toEqual([]);
    expect(sentIds(run([stored(other)], held.box).effects)).toEqual([other.id]);
    const back = run([{ on: "discard", id: first.id }], held.box);
    expect(sentIds(back.effects)).toEqual([second.id]);
    expect(back.effects[0]).toMatchObject({ do: "forget", intent: { id: first.id } });
  });

  test("a held reply goes out when its time is over, and is stored as one that has no time any more", () => {
    const first = reply("a", { until: 5_000 });
    const { effects, box } = run([stored(first), { on: "release", id: first.id }]);
    expect(effects.map((effect) => effect.do)).toEqual(["store", "send"]);
    expect(box.intents[0]).not.toHaveProperty("until");
  });

  test("a thousand decisions at once are still quick to step through", () => {
    let box = emptyOutbox;
    let steps = 0;
    const flying: string[] = [];
    const feed = (event: OutboxEvent) => {
      const [next, effects] = stepOutbox(box, event, half);
      box = next;
      steps++;
      flying.push(...sentIds(effects));
    };
    for (let place = 0; place < 1_000; place++) feed(stored(close(`c${place}`)));
    for (let id = flying.shift(); id; id = flying.shift()) feed({ on: "done", id });
    expect([box.intents.length, steps]).toEqual([0, 2_000]);
  });

  test("what was written goes before a thousand decisions, and what it waits for with it", () => {
    const bulk = Array.from({ length: 1_000 }, (_, place) => close(`c${place}`));
    const [written, behind] = [reply("b"), reply("c900")];
    const after = close("b", written.id);
    const { box } = run([...bulk, written, after, behind].map(stored));
    const order = [...box.sending];
    let now = box;
    while (order.length < 10) {
      const { box: next, effects } = run([{ on: "done", id: [...now.sending][0] as string }], now);
      now = next;
      order.push(...sentIds(effects));
    }
    const ids = bulk.map(({ id }) => id);
    // Lanes that nothing written can take go on with the rest.
    const early = [ids[900], written.id, ids[4], ids[5], behind.id, after.id];
    expect(order).toEqual([...ids.slice(0, 4), ...early]);
  });

  test("what needs the person leaves the order as it is", () => {
    const refused = reply("a");
    const bulk = ["c", "d", "e", "f", "g", "a"].map((id) => close(id));
    const { box } = run([
      stored(refused),
      { on: "refused", id: refused.id, problem: problem("too_large") },
      ...bulk.map(stored),
    ]);
    const { effects } = run([{ on: "done", id: bulk[0]?.id as string }], box);
    expect(sentIds(effects)).toEqual([bulk[4]?.id]);
  });

  test("sends nothing while nobody is signed in, and everything after", () => {
    const first = reply("a");
    const out = run([stored(first), { on: "signed_out", id: first.id }, { on: "wake" }]);
    expect(sentIds(out.effects)).toEqual([]);
    expect(sentIds(run([{ on: "signed_in" }], out.box).effects)).toEqual([first.id]);
  });
});

test("whatever the network does, each reply arrives once and in order", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = randomOf(seed);
    const conversations = ["a", "b", "c"];
    const written: Intent[] = [];
    /** What the server stored; the same id again is answered with the first result. */
    const server: Intent[] = [];
    let box = emptyOutbox;
    let flying: Intent[] = [];
    const feed = (event: OutboxEvent) => {
      const [next, effects] = stepOutbox(box, event, random);
      box = next;
      for (const effect of effects) if (effect.do === "send") flying.push(effect.intent);
      const lanes = flying.map((intent) => intent.conversation);
      expect(new Set(lanes).size, `seed ${seed}: two at once in a conversation`).toBe(lanes.length);
    };
    for (let step = 0; step < 120 || box.intents.length > 0; step++) {
      expect(step, `seed ${seed} does not come to an end`).toBeLessThan(5_000);
      const chance = random();
      const isQuiet = step >= 120;
      if (!isQuiet && chance < 0.25) {
        const intent = reply(conversations[Math.floor(random() * 3)] as string);
        written.push(intent);
        feed(stored(intent));
      } else if (!isQuiet && chance < 0.32) {
        // The tab is closed and opened: what is stored comes again, what was under way is forgotten.
        const kept = box.intents;
        box = emptyOutbox;
        flying = [];
        for (const intent of kept) feed(stored(intent));
      } else if (flying.length > 0 && chance < 0.8) {
        const intent = flying.splice(Math.floor(random() * flying.length), 1)[0] as Intent;
        const isLostBefore = !isQuiet && random() < 0.2;
        const isLostAfter = !isQuiet && random() < 0.2;
        if (!isLostBefore && !server.some((known) => known.id === intent.id)) server.push(intent);
        if (isLostBefore || isLostAfter) feed({ on: "lost", id: intent.id, retryAfterMs: null });
        else feed({ on: "done", id: intent.id });
      } else feed({ on: "wake" });
    }
    for (const conversation of conversations) {
      const ids = (intents: Intent[]) =>
        intents.filter((it) => it.conversation === conversation).map((it) => it.id);
      expect(ids(server), `seed ${seed}`).toEqual(ids(written));
    }
  }
});
