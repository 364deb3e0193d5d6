import { expect, test } from "vitest";
import { holdRows } from "./hold";

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
