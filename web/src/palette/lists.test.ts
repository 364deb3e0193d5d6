import { expect, test } from "vitest";
import { type Chips, NO_CHIPS } from "../search/query";
import { filterOf } from "../sync/shelf";
import { listsOf, needsWords } from "./lists";

const TAGS = ["VIP card", "Réclamation", "vip", "VIP", "vip gold"];
const AGENT = `agt_${"0".repeat(26)}`;
const lists = (more: Partial<Chips>) => listsOf({ ...NO_CHIPS, ...more }, TAGS);

test("chips lead to the lists of what they mean, whose addresses can be read", () => {
  expect(lists({ among: "closed" })).toEqual(["closed"]);
  expect(lists({ among: "open" })).toEqual(["all", "snoozed"]);
  expect(lists({ among: "tag:recl" })).toEqual([
    "all;tag=Réclamation",
    "snoozed;tag=Réclamation",
    "closed;tag=Réclamation",
  ]);
  expect(lists({ assignee: AGENT, among: "closed" })).toEqual([`closed;agent=${AGENT}`]);
  const both = lists({ assignee: AGENT, among: "tag:vip c" });
  expect(both).toHaveLength(3);
  expect(filterOf(both[2] ?? "")).toEqual({ view: "closed", tag: "VIP card", agent_id: AGENT });
});

test("of tags that begin the same the shortest come first, each once and not too many", () => {
  expect(lists({ among: "tag:vip" }).filter((it) => it.startsWith("all"))).toEqual([
    "all;tag=VIP",
    "all;tag=VIP~20card",
  ]);
});

test("what no list is narrowed down by needs words", () => {
  const none: Partial<Chips>[] = [
    { from: "camille" },
    { among: "closed", after: "2026-11-01" },
    { among: "mine", assignee: AGENT },
    { among: "tag:unheard" },
  ];
  for (const more of none) {
    expect(lists(more), JSON.stringify(more)).toEqual([]);
    expect(needsWords(" ", { ...NO_CHIPS, ...more }, TAGS)).toBe(true);
    expect(needsWords("parcel", { ...NO_CHIPS, ...more }, TAGS)).toBe(false);
  }
  for (const more of [{}, { among: "closed" }, { scope: "notes", from: "camille" }] as Partial<Chips>[])
    expect(needsWords("", { ...NO_CHIPS, ...more }, TAGS), JSON.stringify(more)).toBe(false);
  expect(lists({})).toEqual([]);
  expect(lists({ scope: "messages", among: "closed" })).toEqual([]);
});
