import { expect, test } from "vitest";
import { AWAY, holdRows, isKeyAlone, pointerHolds } from "./hold";

test("what moved to the top waits, and is counted", () => {
  expect(holdRows(["a", "b", "c"], ["c", "a", "b"])).toEqual({ rows: ["a", "b", "c"], newer: 1 });
  expect(holdRows(["a", "b"], ["x", "y", "a", "b"])).toEqual({ rows: ["a", "b"], newer: 2 });
});

test("what left goes at once", () => {
  expect(holdRows(["a", "b", "c"], ["a", "c"])).toEqual({ rows: ["a", "c"], newer: 0 });
});

test("the next page is added at the bottom", () => {
  expect(holdRows(["a", "b"], ["a", "b", "c", "d"])).toEqual({ rows: ["a", "b", "c", "d"], newer: 0 });
});

test("when nothing of it is left the list is let go", () => {
  expect(holdRows(["a"], ["b"])).toEqual({ rows: ["b"], newer: 0 });
});

test("a pointer over the list holds it for as long as somebody may be about to click", () => {
  const over = { isOver: true, movedAt: 1_000 };
  expect([1_000, 5_000, 60_999].map((now) => pointerHolds(over, now))).toEqual([true, true, true]);
  expect(pointerHolds(over, 61_000)).toBe(false);
  expect(pointerHolds({ ...over, isOver: false }, 1_000)).toBe(false);
  expect(pointerHolds(AWAY, 0)).toBe(false);
});

test("whoever picks with Ctrl or Shift still points", () => {
  expect(["Control", "Shift", "Meta"].map(isKeyAlone)).toEqual([false, false, false]);
  expect(["j", "Enter", "ArrowDown"].map(isKeyAlone)).toEqual([true, true, true]);
});
