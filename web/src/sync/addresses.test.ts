import { expect, test } from "vitest";
import type { Outcome } from "../api/client";
import type { FileForms } from "../api/types";
import { Addresses } from "./addresses";

const formsOf = (id: string, round: number): FileForms => ({
  attachment_id: id,
  expires_at: "2026-11-21T10:00:00Z",
  variants: [
    { variant: "original", address: `/files/v1/${id}?${round}`, media_type: "text/plain", bytes: 3 },
  ],
});

function scene() {
  const world = { asked: [] as string[], now: 0, out: 0, answer: (id: string) => done(id) };
  const done = (id: string): Promise<Outcome<FileForms>> =>
    Promise.resolve({ kind: "done", value: formsOf(id, world.asked.length) });
  const fileForms = (id: string) => {
    world.asked.push(id);
    return world.answer(id);
  };
  const addresses = new Addresses(
    { fileForms },
    () => world.now,
    () => world.out++,
  );
  return { world, addresses };
}

test("a file is asked for once for all who look at it, and not again while its addresses hold", async () => {
  const { world, addresses } = scene();
  const [one, two] = await Promise.all([addresses.of("a"), addresses.of("a")]);
  expect(one).toBe(two);
  world.now += 8 * 60_000;
  expect(await addresses.of("a")).toMatchObject({ kind: "there", forms: [{ address: "/files/v1/a?1" }] });
  expect(world.asked).toEqual(["a"]);
});

test("addresses whose time is over, or that turned out to be worth nothing, are asked for anew", async () => {
  const { world, addresses } = scene();
  await addresses.of("a");
  world.now += 9 * 60_000;
  expect(addresses.held("a")).toBeNull();
  await addresses.of("a");
  expect(await addresses.of("a", "anew")).toMatchObject({ forms: [{ address: "/files/v1/a?3" }] });
});

test("what is gone, what was lost and the end of a session are told apart", async () => {
  const { world, addresses } = scene();
  const problem = { code: "not_found", title: "", type: "", status: 404 };
  world.answer = async () => ({ kind: "refused", problem: problem as never });
  expect(await addresses.of("a")).toEqual({ kind: "gone" });
  world.answer = async () => ({ kind: "lost", retryAfterMs: null });
  expect(await addresses.of("a")).toEqual({ kind: "lost" });
  expect(world.out).toBe(0);
  world.answer = async () => ({ kind: "signed_out" });
  expect(await addresses.of("a")).toEqual({ kind: "lost" });
  expect(world.out).toBe(1);
});

test("a long gallery asks for a few at a time", async () => {
  const { world, addresses } = scene();
  const answers: (() => void)[] = [];
  world.answer = (id) =>
    new Promise((resolve) => {
      answers.push(() => resolve({ kind: "done", value: formsOf(id, 0) }));
    });
  const all = Promise.all(Array.from({ length: 20 }, (_, place) => addresses.of(`${place}`)));
  let most = 0;
  for (let answered = 0; answered < 20; answered++) {
    await Promise.resolve();
    most = Math.max(most, answers.length);
    answers.shift()?.();
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  }
  expect((await all).every(({ kind }) => kind === "there")).toBe(true);
  expect(most).toBe(6);
});
