import { expect, test } from "vitest";
import { localValue, presets } from "./times";

const names = (now: Date) => presets(now).map(({ name, at }) => `${name} ${localValue(at)}`);

test("a morning has an evening, and next Monday is never today", () => {
  expect(names(new Date(2026, 10, 19, 10, 2))).toEqual([
    "hours 2026-11-19T13:02",
    "evening 2026-11-19T18:00",
    "tomorrow 2026-11-20T09:00",
    "monday 2026-11-23T09:00",
    "week 2026-11-26T09:00",
  ]);
  expect(names(new Date(2026, 10, 23, 8, 0))).toContain("monday 2026-11-30T09:00");
});

test("late in the day no evening is left, and on Sunday tomorrow is Monday, said once", () => {
  expect(names(new Date(2026, 10, 22, 22, 30))).toEqual([
    "hours 2026-11-23T01:30",
    "tomorrow 2026-11-23T09:00",
    "week 2026-11-29T09:00",
  ]);
});

test("nine o'clock is nine o'clock after the clocks were changed", () => {
  // The last Sunday of October, in zones that have one.
  for (const { name, at } of presets(new Date(2026, 9, 24, 10, 0)))
    if (name !== "hours" && name !== "evening") expect([name, at.getHours()]).toEqual([name, 9]);
});
