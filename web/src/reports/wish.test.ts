import { expect, test } from "vitest";
import { dayOf, queryOf, searchOf, wishOf } from "./wish";

test("an address and its wish are the same thing", () => {
  for (const search of [
    "days=28&by=day",
    "days=7&by=week&split=team",
    "from=2026-11-01&until=2026-11-20&by=day&split=tag&only=%3DParcel",
    "days=90&by=day&split=agent&only=",
  ]) {
    expect(searchOf(wishOf(search))).toBe(search);
  }
});

test("what means nothing is as if it were not said", () => {
  expect(queryOf(wishOf("days=5&by=year&split=planet&only=mars"))).toEqual({ days: 28, by: "day" });
  expect(queryOf(wishOf("from=yesterday&until=2026-11-20"))).toEqual({ days: 28, by: "day" });
});

test("a day is that of the calendar here", () => {
  expect(dayOf(new Date(2026, 0, 5, 23, 59))).toBe("2026-01-05");
});
