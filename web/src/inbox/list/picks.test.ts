import { expect, test } from "vitest";
import { between, withSince } from "./picks";

test("a range goes both ways and holds both ends", () => {
  const rows = ["a", "b", "c", "d"];
  expect(between(rows, "b", "d")).toEqual(["b", "c", "d"]);
  expect(between(rows, "d", "b")).toEqual(["b", "c", "d"]);
  expect(between(rows, "c", "c")).toEqual(["c"]);
});

test("a range whose beginning has left the list is its end alone", () => {
  expect(between(["a", "b"], "gone", "b")).toEqual(["b"]);
  expect(between(["a", "b"], null, "a")).toEqual(["a"]);
  expect(between(["a", "b"], "a", "gone")).toEqual([]);
});

test("what was unpicked while the rest of a list came stays so, and what came is picked", () => {
  const listed = ["a", "b", "c"];
  const picked = new Set(["a", "c"]);
  expect([...withSince(picked, listed, ["new", "a", "b", "c", "d"])]).toEqual(["a", "c", "new", "d"]);
  // Gone from the list and back again, it did not come since.
  expect([...withSince(picked, listed, ["b"])]).toEqual(["a", "c"]);
});
