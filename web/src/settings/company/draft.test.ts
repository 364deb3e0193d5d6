import { expect, test } from "vitest";
import { draftOf, hoursOf, isBackwards, nextSpan, office, wrongOf } from "./draft";

test("what is shown and saved again is what it was, in order", () => {
  const hours = {
    time_zone: "Europe/Paris",
    week: [
      { day: "monday" as const, from: "14:00", until: "18:00" },
      { day: "monday" as const, from: "09:00", until: "12:00" },
    ],
    holidays: [{ date: "2026-12-25", name: "Noël" }],
  };
  expect(hoursOf(draftOf(hours))).toEqual({ ...hours, week: [hours.week[1], hours.week[0]] });
});

test("what waits stays with its agents until somebody wants it back", () => {
  const kept = hoursOf(office("UTC"));
  expect(kept).not.toHaveProperty("hands_back");
  const back = hoursOf({ ...office("UTC"), handsBack: true });
  expect([back.hands_back, draftOf(back).handsBack, draftOf(kept).handsBack]).toEqual([true, true, false]);
});

test("what cannot be saved is said before the server says it", () => {
  const draft = office("UTC");
  expect(wrongOf(draft)).toBeNull();
  expect(wrongOf({ ...draft, holidays: [{ date: "2026-12-25", name: " " }] })).toBe("holiday");
  expect(wrongOf({ ...draft, week: { ...draft.week, sunday: [{ from: "10:00", until: "09:00" }] } })).toBe(
    "backwards",
  );
  const nobody = {
    monday: [],
    tuesday: [],
    wednesday: [],
    thursday: [],
    friday: [],
    saturday: [],
    sunday: [],
  };
  expect(wrongOf({ ...draft, week: nobody })).toBe("nobody");
});

test("a day may end at midnight, and at no other time before it began", () => {
  expect(isBackwards({ from: "20:00", until: "00:00" })).toBe(false);
  expect(isBackwards({ from: "00:00", until: "00:00" })).toBe(false);
  expect(isBackwards({ from: "09:00", until: "09:00" })).toBe(true);
  expect(isBackwards({ from: "", until: "09:00" })).toBe(true);
});

test("one more span goes forward", () => {
  for (const until of ["12:00", "21:30", "22:00", "23:30", "00:00"]) {
    expect(isBackwards(nextSpan([{ from: "08:00", until }])), until).toBe(false);
  }
  expect(nextSpan([])).toEqual({ from: "09:00", until: "17:00" });
});
