import { expect, test } from "vitest";
import type { Inbox } from "./inbox";
import type { Opened } from "./open";
import { openerOf } from "./opener";
import type { Endings } from "./world";

const ready: Opened = { kind: "ready", inbox: {} as Inbox };

/** Openings that end as the test wants. */
function setUp() {
  const openings: { endings: Endings; done: (opened: Opened) => void; fail: () => void }[] = [];
  const shown: string[] = [];
  const open = openerOf(
    (endings) =>
      new Promise((done, fail) => openings.push({ endings, done, fail: () => fail(new Error("full")) })),
    {
      opened: ({ kind }) => shown.push(kind),
      signedOut: () => shown.push("ended"),
      replaced: () => shown.push("replaced"),
    },
  );
  return { open, openings, shown };
}

test("one opening at a time, and the next one once it is over", async () => {
  const { open, openings, shown } = setUp();
  const first = open();
  expect([await open(), openings.length]).toEqual([true, 1]);
  openings[0]?.done({ kind: "signed_out" });
  expect(await first).toBe(false);
  const second = open();
  openings[1]?.done(ready);
  expect([await second, shown]).toEqual([true, ["signed_out", "ready"]]);
});

test("an opening that failed is shown as one to try again, and can be", async () => {
  const { open, openings, shown } = setUp();
  const first = open();
  openings[0]?.fail();
  await first;
  const second = open();
  openings[1]?.done(ready);
  await second;
  expect(shown).toEqual(["unreachable", "ready"]);
});

test("a session that ends meanwhile shows no dead inbox, and whoever signs in again opens a new one at once", async () => {
  for (const late of ["done", "fail"] as const) {
    const { open, openings, shown } = setUp();
    const first = open();
    openings[0]?.endings.signedOut();
    const second = open();
    openings[0]?.[late](ready);
    expect(await first).toBe(false);
    openings[1]?.done(ready);
    expect([await second, shown]).toEqual([true, ["ended", "ready"]]);
    openings[0]?.endings.signedOut();
    openings[1]?.endings.signedOut();
    expect(shown.slice(2)).toEqual(["ended", "ended"]);
  }
});
