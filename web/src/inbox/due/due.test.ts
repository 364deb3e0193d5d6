import { expect, test } from "vitest";
import { roundedUp } from "./due";

test("what is usual is never promised sooner than it was", () => {
  const minutes = (seconds: number) => roundedUp(seconds) / 60_000;
  expect([0, 1, 60, 61, 3_600].map(minutes)).toEqual([1, 1, 1, 2, 60]);
  expect([3_601, 7_200, 7_201].map(minutes)).toEqual([120, 120, 180]);
});
