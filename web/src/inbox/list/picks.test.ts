import { expect, test } from "vitest";
import { between } from "./picks";

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
