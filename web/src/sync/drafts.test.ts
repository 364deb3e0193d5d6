import { expect, test } from "vitest";
import { Drafts, type LastMoment } from "./drafts";
import { type Draft, MemoryStorage } from "./storage";

/** A database that answers only when it is told to. */
class SlowStorage extends MemoryStorage {
  readonly waiting: (() => void)[] = [];
  writes = 0;
  override async putDraft(draft: Draft) {
    this.writes++;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    await super.putDraft(draft);
  }
}

function lastMoment(): LastMoment {
  let kept: string | null = null;
  return {
    read: () => kept,
    write: (text) => {
      kept = text;
    },
    clear: () => {
      kept = null;
    },
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

test("a fast typist ends with the last text, in few writes", async () => {
  const storage = new SlowStorage();
  const drafts = new Drafts(storage, lastMoment());
  const writes = ["h", "he", "hel", "hell", "hello"].map((text) => drafts.write("a", "reply", text));
  while (storage.waiting.length > 0) {
    storage.waiting.shift()?.();
    await settle();
  }
  await Promise.all(writes);
  expect(await storage.drafts()).toMatchObject([{ conversation: "a", mode: "reply", text: "hello" }]);
  expect(storage.writes).toBe(2);
});

test("what the database had not taken when the page went away is there again", async () => {
  const storage = new SlowStorage();
  const moment = lastMoment();
  const drafts = new Drafts(storage, moment);
  void drafts.write("a", "note", "half a sen");
  void drafts.write("a", "note", "half a sentence");
  drafts.rescue();

  const next = new Drafts(new MemoryStorage(), moment);
  await next.load();
  expect(next.text("a", "note")).toBe("half a sentence");
  expect(moment.read()).toBeNull();
});

test("a draft that was sent does not come back, although a write of it was under way", async () => {
  const storage = new SlowStorage();
  const moment = lastMoment();
  const drafts = new Drafts(storage, moment);
  void drafts.write("a", "reply", "one");
  void drafts.write("a", "reply", "two");
  drafts.sent("a", "reply");
  drafts.rescue();
  storage.waiting.shift()?.();
  await settle();
  expect(storage.writes).toBe(1);
  expect(moment.read()).toBeNull();
  expect(drafts.has("a")).toBe(false);
});

test("broken leftovers are ignored", async () => {
  for (const left of ["{", "null", "[1, null, {}]", '[{"mode":"other","conversation":"a","text":"b"}]']) {
    const drafts = new Drafts(new MemoryStorage(), { ...lastMoment(), read: () => left });
    await drafts.load();
    expect(drafts.has("a")).toBe(false);
  }
});

test("a page that was left before the server knew tells it the next time; what it knows is not told again", async () => {
  const storage = new MemoryStorage();
  const told: unknown[] = [];
  const open = async () => {
    const drafts = new Drafts(
      storage,
      lastMoment(),
      () => 5,
      ({ text }, at) => told.push([text, at]),
    );
    await drafts.load();
    return drafts;
  };
  const first = await open();
  await first.write("a", "reply", "Dear");
  told.length = 0;
  const second = await open();
  expect(told).toEqual([["Dear", 5]]);
  second.told({ conversation: "a", mode: "reply", text: "Dear" });
  await settle();
  told.length = 0;
  const third = await open();
  expect([told, third.text("a", "reply")]).toEqual([[], "Dear"]);
  expect(third.adopt({ conversation: "a", mode: "reply", text: "Dear" })).toBe(false);
  expect(third.adopt({ conversation: "a", mode: "reply", text: "Dear Mia" })).toBe(true);
  await settle();
  expect((await open()).text("a", "reply")).toBe("Dear Mia");
});

test("a draft that was sent is told as empty, also by the next page, and then forgotten", async () => {
  const storage = new MemoryStorage();
  await storage.putIntent(
    { id: "n", conversation: "a", kind: "note", text: "Sent", at: "", tab: "t", order: 1 },
    { conversation: "a", mode: "note", at: 7 },
  );
  const told: unknown[] = [];
  const drafts = new Drafts(
    storage,
    lastMoment(),
    () => 9,
    ({ text }, at) => told.push([text, at]),
  );
  await drafts.load();
  expect([told, drafts.has("a")]).toEqual([[["", 7]], false]);
  drafts.told({ conversation: "a", mode: "note", text: "" });
  await settle();
  expect(await storage.drafts()).toEqual([]);
});

test("a full browser opens all the same: what it rescued stays rescued until the database has it", async () => {
  const left = [
    { conversation: "a", mode: "reply", text: "Dear", untoldAt: 5 },
    { conversation: "b", mode: "note", text: "Ask", untoldAt: 6 },
  ];
  const moment = lastMoment();
  moment.write(JSON.stringify(left));
  const storage = new MemoryStorage();
  const put = storage.putDraft.bind(storage);
  storage.putDraft = () => Promise.reject(new Error("no space"));
  const drafts = new Drafts(storage, moment);
  await drafts.load();
  expect([drafts.text("a", "reply"), drafts.text("b", "note")]).toEqual(["Dear", "Ask"]);
  expect(JSON.parse(moment.read() ?? "")).toEqual(left);
  storage.putDraft = put;
  await drafts.write("a", "reply", "Dear Mia");
  expect(moment.read(), "one is not stored yet").not.toBeNull();
  drafts.sent("b", "note");
  expect(moment.read()).toBeNull();
});

test("what another tab put down in its last moment is not cleared with what was read before", async () => {
  const moment = lastMoment();
  moment.write('[{"conversation":"a","mode":"reply","text":"Dear","untoldAt":5}]');
  const storage = new SlowStorage();
  const drafts = new Drafts(storage, moment);
  const loaded = drafts.load();
  await settle();
  moment.write("of another tab");
  storage.waiting.shift()?.();
  await loaded;
  expect(moment.read()).toBe("of another tab");
});

test("rescued words are as old as they are: newer ones win, here and on the server", async () => {
  const storage = new MemoryStorage();
  await storage.putDraft({ conversation: "b", mode: "reply", text: "newer", untoldAt: 8 });
  const moment = lastMoment();
  const old = { mode: "reply", text: "old", untoldAt: 5 };
  moment.write(
    JSON.stringify([
      { ...old, conversation: "a" },
      { ...old, conversation: "b" },
    ]),
  );
  const told: unknown[] = [];
  const drafts = new Drafts(
    storage,
    moment,
    () => 1_000,
    ({ conversation, text }, at) => told.push([conversation, text, at]),
  );
  await drafts.load();
  expect(told).toEqual([
    ["b", "newer", 8],
    ["a", "old", 5],
  ]);
  expect(drafts.text("b", "reply")).toBe("newer");
  expect(await storage.drafts()).toContainEqual({ ...old, conversation: "a" });
});
