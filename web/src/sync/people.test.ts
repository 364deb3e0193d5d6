import { expect, test } from "vitest";
import type { Colleague } from "../api/types";
import { canTake, isOf, worksHere } from "./people";

const of = (more: Partial<Colleague>): Colleague => ({
  id: "agt",
  name: "Cleo",
  email: "cleo@example.com",
  role: "agent",
  team_ids: ["support"],
  ...more,
});

test("offered is only who the server would take", () => {
  expect(canTake(of({}), ["support"])).toBe(true);
  expect(canTake(of({ role: "trainee" }), ["support"])).toBe(true);
  const not = [
    of({ disabled: true }),
    of({ role: "viewer" }),
    of({ team_ids: ["sales"] }),
    of({ team_ids: [] }),
  ];
  expect(not.map((it) => canTake(it, ["support"]))).toEqual([false, false, false, false]);
  // Several conversations go to somebody who is of all their teams.
  expect(canTake(of({}), ["support", "sales"])).toBe(false);
  expect(canTake(of({ team_ids: ["support", "sales"] }), ["support", "sales"])).toBe(true);
});

test("a note mentions whoever may read it", () => {
  expect([of({}), of({ role: "viewer" })].map((it) => isOf(it, "support"))).toEqual([true, true]);
  expect([of({ disabled: true }), of({ team_ids: [] })].map((it) => isOf(it, "support"))).toEqual([
    false,
    false,
  ]);
});

test("all of somebody goes to whom they share a team with", () => {
  expect(
    [of({}), of({ team_ids: [] }), of({ disabled: true }), of({ role: "viewer" })].map(worksHere),
  ).toEqual([true, false, false, false]);
});
