import { expect, test } from "vitest";
import type { Api, Outcome, SentPart } from "../api/client";
import type { Message } from "../api/types";
import { Courier, type CourierEvents } from "./courier";
import type { Intent } from "./intent";
import { message, randomOf } from "./sample";
import { MemoryStorage } from "./storage";

/** A server that stores each id once, in order, and loses requests and answers as chance has it. */
class FlakyServer {
  readonly stored: Message[] = [];
  isUp = true;

  constructor(private readonly random: () => number) {}

  readonly api = {
    reply: async (
      conversation: string,
      id: string,
      parts: readonly SentPart[],
    ): Promise<Outcome<Message>> => {
      await Promise.resolve();
      if (!this.isUp || this.random() < 0.3) return { kind: "lost", retryAfterMs: 0 };
      let known = this.stored.find((it) => it.id === id);
      if (!known) {
        known = message(conversation, this.stored.length + 1, { id, parts: [...parts] });
        this.stored.push(known);
      }
      return this.random() < 0.3 ? { kind: "lost", retryAfterMs: 0 } : { kind: "done", value: known };
    },
  } as unknown as Api;
}

const silent: CourierEvents = { changed() {}, confirmed() {}, async keep() {}, refused() {}, signedOut() {} };

const replyOf = (order: number): Intent => ({
  kind: "reply",
  id: `msg ${order}`,
  conversation: "a",
  at: "",
  tab: "first",
  order,
  text: `${order}`,
  seenSeq: 0,
});

const settle = () => new Promise((resolve) => setTimeout(resolve, 1));

test("what one visit stored, the next one sends: each once and in order", async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = randomOf(seed);
    const server = new FlakyServer(random);
    const storage = new MemoryStorage();
    let courier = new Courier(
      server.api,
      storage,
      random,
      () => 0,
      () => 0,
      silent,
    );
    for (let order = 1; order <= 8; order++) {
      await courier.take(replyOf(order), { conversation: "a", mode: "reply", at: 1 });
      if (random() < 0.5) await settle();
      if (random() < 0.4) {
        // The page is closed in the middle of whatever it does, and opened again.
        courier.stop();
        courier = new Courier(
          server.api,
          storage,
          random,
          () => 0,
          () => 0,
          silent,
        );
        await courier.restore(`visit ${order}`, new Set([`visit ${order}`]));
      }
    }
    for (let round = 0; courier.waiting > 0 && round < 500; round++) {
      courier.dispatch({ on: "wake" });
      await settle();
    }
    courier.stop();
    expect(
      server.stored.map((it) => it.id),
      `seed ${seed}`,
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((order) => `msg ${order}`));
    expect(await storage.intents()).toEqual([]);
  }
});

test("what waited when the session ended is sent by the next one in the same tab, and only once", async () => {
  const server = new FlakyServer(() => 1);
  const storage = new MemoryStorage();
  server.isUp = false;
  const before = new Courier(
    server.api,
    storage,
    () => 1,
    () => 0,
    () => 0,
    silent,
  );
  await before.take(replyOf(1));
  before.stop();
  server.isUp = true;
  const after = new Courier(
    server.api,
    storage,
    () => 1,
    () => 0,
    () => 0,
    silent,
  );
  await after.restore("first", new Set(["first"]));
  await settle();
  expect(server.stored.map((it) => it.id)).toEqual(["msg 1"]);
  // Later looks for closed tabs leave alone what this courier has taken itself.
  await storage.putIntent(replyOf(2));
  await after.restore("first", new Set(["first"]));
  expect(after.waiting).toBe(0);
  after.stop();
});

test("what an earlier visit left is sent although the browser has no room to store it again, or could not read it at first", async () => {
  const server = new FlakyServer(() => 1);
  const storage = new MemoryStorage();
  await storage.putIntent(replyOf(1));
  storage.putIntent = () => Promise.reject(new Error("no space"));
  const read = storage.intents.bind(storage);
  storage.intents = () => Promise.reject(new Error("closed"));
  const courier = new Courier(
    server.api,
    storage,
    () => 1,
    () => 0,
    () => 0,
    silent,
  );
  await expect(courier.restore("first", new Set(["first"]))).rejects.toThrow("closed");
  storage.intents = read;
  await courier.restore("first", new Set(["first"]));
  await settle();
  expect(server.stored.map((it) => it.id)).toEqual(["msg 1"]);
  courier.stop();
});

test("what another living tab is sending is left to it", async () => {
  const server = new FlakyServer(() => 1);
  const storage = new MemoryStorage();
  await storage.putIntent(replyOf(1));
  const courier = new Courier(
    server.api,
    storage,
    () => 1,
    () => 0,
    () => 0,
    silent,
  );
  await courier.restore("second", new Set(["first", "second"]));
  await settle();
  expect(server.stored).toEqual([]);
});

test("nothing is sent that could not be stored", async () => {
  const server = new FlakyServer(() => 1);
  const storage = new MemoryStorage();
  storage.putIntent = () => Promise.reject(new Error("no space"));
  const courier = new Courier(
    server.api,
    storage,
    () => 1,
    () => 0,
    () => 0,
    silent,
  );
  await expect(courier.take(replyOf(1))).rejects.toThrow("no space");
  await settle();
  expect(server.stored).toEqual([]);
  expect(courier.waiting).toBe(0);
});

test("a held reply goes out by itself, at once when the page is left, and at once at the next visit", async () => {
  const asked: [id: string, outlivesPage: boolean][] = [];
  const server = new FlakyServer(() => 1);
  const api = {
    ...server.api,
    reply: (
      conversation: string,
      id: string,
      parts: readonly SentPart[],
      _: number,
      quote: string | null,
      outlivesPage: boolean,
    ) => {
      asked.push([id, outlivesPage]);
      return server.api.reply(conversation, id, parts, 0, quote);
    },
  } as unknown as Api;
  const make = (storage: MemoryStorage) =>
    new Courier(
      api,
      storage,
      () => 1,
      () => 0,
      () => 1_000,
      silent,
    );
  const heldOf = (order: number, ms: number) => ({
    ...replyOf(order),
    conversation: `${order}`,
    until: 1_000 + ms,
  });
  const storage = new MemoryStorage();
  const courier = make(storage);
  await courier.take(heldOf(1, 20));
  await courier.take(heldOf(2, 60_000));
  expect(asked).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(asked).toEqual([["msg 1", false]]);
  courier.leave();
  expect(asked).toEqual([
    ["msg 1", false],
    ["msg 2", true],
  ]);
  courier.stop();

  const crashed = new MemoryStorage();
  await crashed.putIntent(heldOf(3, 60_000));
  const next = make(crashed);
  await next.restore("later", new Set(["later"]));
  expect(asked.at(-1)).toEqual(["msg 3", false]);
  next.stop();
});
