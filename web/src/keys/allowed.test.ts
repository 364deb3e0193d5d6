import { expect, test } from "vitest";
import { allowed } from "./allowed";

test("what a role may not do has no key", () => {
  const all = { reply: () => {}, note: () => {}, take: () => {}, next: () => {} };
  expect(Object.keys(allowed(all, "agent"))).toEqual(["reply", "note", "take", "next"]);
  expect(Object.keys(allowed(all, "trainee"))).toEqual(["reply", "note", "take", "next"]);
  expect(Object.keys(allowed(all, "viewer"))).toEqual(["next"]);
});
