import { expect, test, vi } from "vitest";
import { BegunOnes } from "./begun";
import type { LastMoment } from "./drafts";
import type { ReplyIntent } from "./intent";
import { MemoryStorage } from "./storage";

function lastMoment(left: string | null = null): LastMoment & { left: () => string | null } {
  let kept = left;
  return {
    read: () => kept,
    write: (text) => {
      kept = text;
    },
    clear: () => {
      kept = null;
    },
    left: () => kept,
  };
}

const quote = { kind: "quote", conversation: "a", message: "m1" } as const;
const edit = { kind: "edit", conversation: "a", message: "m2", text: "other words" } as const;

test("a quote and several edits are there on the next page, and gone when they are over", async () => {
  const storage = new MemoryStorage();
  const begun = new BegunOnes(storage, lastMoment());
  await Promise.all([begun.put(quote), begun.put(edit), begun.put({ ...edit, message: "m3" })]);
  const next = new BegunOnes(storage, lastMoment());
  await next.load();
  expect([next.quote("a"), next.edit("m2")?.text, next.quote("b")]).toEqual(["m1", "other words", undefined]);
  next.dropQuote("a");
  next.dropEdit("m2");
  await vi.waitFor(async () => expect(await storage.begun()).toEqual([{ ...edit, message: "m3" }]));
});

test("what a reply asks for is there on the next page, and goes with the reply", async () => {
  const storage = new MemoryStorage();
  const ask = { kind: "ask", conversation: "a", what: "photo" } as const;
  const begun = new BegunOnes(storage, lastMoment());
  await Promise.all([begun.put(quote), begun.put(ask)]);
  const next = new BegunOnes(storage, lastMoment('[{"kind":"ask","conversation":"b","what":"passport"}]'));
  await next.load();
  expect([next.asks("a"), next.asks("b"), next.quote("a")]).toEqual(["photo", undefined, "m1"]);
  const reply = { id: "r", conversation: "a", kind: "reply", quote: "m1", asks: "photo" } as ReplyIntent;
  await storage.putIntent(reply, { conversation: "a", mode: "reply", at: 1 });
  expect(await storage.begun()).toEqual([]);
});

test("what the database did not get in time is put down in the last moment", async () => {
  const stuck = new MemoryStorage();
  stuck.putBegun = () => new Promise(() => {});
  const moment = lastMoment();
  const begun = new BegunOnes(stuck, moment);
  void begun.put(edit);
  void begun.put({ ...edit, text: "newer words" });
  begun.rescue();
  const storage = new MemoryStorage();
  const next = new BegunOnes(storage, moment);
  await next.load();
  expect([next.edit("m2")?.text, moment.left()]).toEqual(["newer words", null]);
  expect(await storage.begun()).toHaveLength(1);
});

test("what is damaged there is left out", async () => {
  for (const left of ["{", "7", '[{"kind":"edit","conversation":"a","message":"m"}, null]']) {
    const begun = new BegunOnes(new MemoryStorage(), lastMoment(left));
    await begun.load();
    expect(begun.edit("m")).toBeUndefined();
  }
});

test("a reply is stored and its quote goes in one step; one that was chosen since stays", async () => {
  const storage = new MemoryStorage();
  const reply = { id: "r", conversation: "a", kind: "reply", quote: "m1" } as ReplyIntent;
  await storage.putBegun(quote);
  // Stored again on its way: that is not the reply that is being written.
  await storage.putIntent(reply);
  expect(await storage.begun()).toHaveLength(1);
  await storage.putIntent(reply, { conversation: "a", mode: "reply", at: 1 });
  expect(await storage.begun()).toEqual([]);
  await storage.putBegun({ ...quote, message: "m9" });
  await storage.putIntent(reply, { conversation: "a", mode: "reply", at: 2 });
  expect(await storage.begun()).toHaveLength(1);
});
