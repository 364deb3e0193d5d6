import { expect, test } from "vitest";
import { nextBack } from "./away";

const NOW = Date.parse("2026-11-22T09:00:00Z");

test("the next who is back is the one whose time comes first, and whoever said none is not waited for", () => {
  expect(nextBack(new Map(), NOW)).toBeNull();
  expect(nextBack(new Map([["ana", null]]), NOW)).toBeNull();
  const away = new Map([
    ["ana", null],
    ["ben", "2026-11-22T12:00:00Z"],
    ["cleo", "2026-11-22T09:00:30Z"],
  ]);
  expect(nextBack(away, NOW)).toBe(31_000);
});

test("a time that is over is asked about soon, and one a year away overflows no timer", () => {
  expect(nextBack(new Map([["ana", "2026-11-22T08:00:00Z"]]), NOW)).toBe(1_000);
  expect(nextBack(new Map([["ana", "2027-11-22T08:00:00Z"]]), NOW)).toBe(2_147_483_647);
});
