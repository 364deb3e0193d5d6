import { expect, test } from "vitest";
import { scoreOf } from "./rating";

test("a choice is a score or nothing", () => {
  expect(
    ["satisfaction_5", "satisfaction_1", "satisfaction_0", "satisfaction_", "5", "red"].map(scoreOf),
  ).toEqual([5, 1, null, null, null, null]);
});
