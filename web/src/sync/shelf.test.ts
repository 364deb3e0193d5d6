import { expect, test } from "vitest";
import { pathOf, placeOf } from "../paths";
import { conversation, ME, timeAt } from "./sample";
import { filterOf, holds, isNarrow, listedOf, reordered } from "./shelf";

const BEN = "agt_01h2xcejqtf2nbrexx3vqjhp42";

test("a filter and its address are the same thing, whatever the tag is called", () => {
  for (const tag of ["VIP", "Réclamation urgente", "50 % off", "a;b=c/d~e?f#g", "~25", "החזר"]) {
    const listed = listedOf({ view: "closed", tag, agent_id: BEN });
    expect(isNarrow(listed)).toBe(true);
    expect(filterOf(listed), tag).toEqual({ view: "closed", tag, agent_id: BEN });
    const place = { view: listed, conversation: null, message: null };
    expect(placeOf(pathOf(place))).toEqual(place);
    // As the browser writes it, and the router reads it.
    expect(decodeURI(encodeURI(pathOf(place)))).toBe(pathOf(place));
    expect(listed).not.toMatch(/[/?#%\s]/);
  }
  const urgent = { view: "mine", priority: "urgent", order: "waiting" } as const;
  expect(listedOf(urgent)).toBe("mine;priority=urgent;order=waiting");
  expect(filterOf("mine;priority=urgent;order=waiting")).toEqual(urgent);
  const app = { view: "closed", app_id: "app_01h2xcejqtf2nbrexx3vqjhp43" } as const;
  expect(filterOf(listedOf(app))).toEqual(app);
  expect(holds(listedOf(app), ME)(conversation("c", { state: "closed", app_id: app.app_id }))).toBe(true);
  expect(holds(listedOf(app), ME)(conversation("c", { state: "closed" }))).toBe(false);
  expect(listedOf({ view: "all", order: "newest" })).toBe("all");
  expect(listedOf({ view: "all" })).toBe("all");
});

test("what cannot be listed is no address", () => {
  for (const text of [
    "",
    "nothing",
    "drafts;tag=x",
    "mentions;tag=x",
    `mine;agent=${BEN}`,
    "all;agent=Ben",
    "all;tag=",
    "all;tag=~ff",
    "all;colour=red",
    "all;app=Shop",
    "all;priority=low",
    "all;order=oldest",
    "closed;order=waiting",
    `all;tag=${"x".repeat(49)}`,
  ])
    expect(filterOf(text), text).toBeNull();
});

test("a list holds what fits, and a tag is found whatever its accents", () => {
  const fits = (listed: Parameters<typeof holds>[0], more: Parameters<typeof conversation>[1]) =>
    holds(listed, ME)(conversation("c", more));
  expect(fits("all;tag=reclamation", { tags: ["Réclamation"] })).toBe(true);
  expect(fits("all;tag=reclamation", { tags: ["Réclamations"] })).toBe(false);
  expect(fits("all;tag=reclamation", { tags: ["Réclamation"], state: "closed" })).toBe(false);
  expect(fits(`all;agent=${BEN}`, { assignee_id: BEN })).toBe(true);
  expect(fits(`all;agent=${BEN}`, { assignee_id: ME })).toBe(false);
  expect(fits("mine;tag=VIP", { assignee_id: ME, tags: ["VIP"] })).toBe(true);
  const waits = { waiting_since: timeAt(1) };
  expect([fits("all;order=waiting", waits), fits("all;order=waiting", {})]).toEqual([true, false]);
  expect(fits("all;priority=normal", {})).toBe(true);
  expect(fits("all;priority=normal", { priority: "high" })).toBe(false);
  expect(fits("mine;priority=urgent", { assignee_id: ME, priority: "urgent" })).toBe(true);
});

test("a list has another order where somebody may wait, and its own again", () => {
  expect(reordered("mine")).toBe("mine;order=waiting");
  expect(reordered("all;tag=VIP")).toBe("all;tag=VIP;order=waiting");
  expect(reordered("all;tag=VIP;order=waiting")).toBe("all;tag=VIP");
  for (const shelf of ["closed", "snoozed", "mentions", "approvals", "drafts"] as const)
    expect(reordered(shelf)).toBeNull();
});
