import { expect, test } from "vitest";
import type { AgentNotifications } from "../api/types";
import { conversation, ME } from "../sync/sample";
import { isQuiet, tellingOf, tellingOfMention, tells } from "./rules";

const on = { sound: true, desktop: true, push: true, mail: false };
const off = { sound: false, desktop: false, push: false, mail: false };
const NOON = new Date(2026, 10, 21, 12, 0);
const wishes = (more: Partial<AgentNotifications> = {}): AgentNotifications => ({
  assigned: on,
  unassigned: off,
  mentioned: on,
  quiet_hours: null,
  language: "en",
  ...more,
});
const told = { sound: true, desktop: true };
const silent = { sound: false, desktop: false };

test("a mention is told as its row says, and not in quiet hours", () => {
  expect(tellingOfMention(wishes(), NOON)).toEqual(told);
  expect(tellingOfMention(wishes({ mentioned: { ...off, desktop: true } }), NOON)).toEqual({
    sound: false,
    desktop: true,
  });
  const always = { from: "00:00", until: "00:00", utc_offset_minutes: 0 };
  expect(tellingOfMention(wishes({ quiet_hours: always }), NOON)).toEqual(silent);
});

test("each kind is told as its row says, and a colleague's is nobody else's matter", () => {
  const mine = conversation("a", { assignee_id: ME });
  const nobodys = conversation("b", { assignee_id: null });
  const theirs = conversation("c", { assignee_id: "somebody" });
  expect(tellingOf(mine, ME, wishes(), NOON)).toEqual(told);
  expect(tellingOf(nobodys, ME, wishes(), NOON)).toEqual(silent);
  expect(tellingOf(nobodys, ME, wishes({ unassigned: on }), NOON)).toEqual(told);
  expect(tellingOf(mine, ME, wishes({ assigned: { ...off, sound: true } }), NOON)).toEqual({
    sound: true,
    desktop: false,
  });
  expect(tellingOf(theirs, ME, wishes({ unassigned: on }), NOON)).toEqual(silent);
});

test("quiet hours may go over midnight", () => {
  const hours = (from: string, until: string) =>
    wishes({ quiet_hours: { from, until, utc_offset_minutes: 60 } });
  const at = (hour: number, minute = 0) => new Date(2026, 10, 21, hour, minute);
  for (const [from, until, now, quiet] of [
    ["22:00", "07:30", at(21, 59), false],
    ["22:00", "07:30", at(22), true],
    ["22:00", "07:30", at(3), true],
    ["22:00", "07:30", at(7, 29), true],
    ["22:00", "07:30", at(7, 30), false],
    ["12:00", "13:00", at(12, 30), true],
    ["12:00", "13:00", at(13), false],
    ["08:00", "08:00", at(5), true],
  ] as const)
    expect(isQuiet(hours(from, until), now), `${from} ${until} ${now.toTimeString()}`).toBe(quiet);
  expect(isQuiet(wishes(), at(3))).toBe(false);
  expect(tellingOf(conversation("a", { assignee_id: ME }), ME, hours("11:00", "13:00"), NOON)).toEqual(
    silent,
  );
});

test("one tab tells: the one that is looked at, unless the thread stands there, or else the leader", () => {
  const away = { isFront: false, isFrontElsewhere: false, isLeader: false, open: null };
  expect(tells(away, "a")).toBe(false);
  expect(tells({ ...away, isLeader: true }, "a")).toBe(true);
  // Open and not looked at: the agent does not see it.
  expect(tells({ ...away, isLeader: true, open: "a" }, "a")).toBe(true);
  expect(tells({ ...away, isLeader: true, isFrontElsewhere: true }, "a")).toBe(false);
  expect(tells({ ...away, isFront: true }, "a")).toBe(true);
  expect(tells({ ...away, isFront: true, open: "b" }, "a")).toBe(true);
  expect(tells({ ...away, isFront: true, open: "a", isLeader: true }, "a")).toBe(false);
});
