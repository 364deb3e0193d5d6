import { expect, test } from "vitest";
import { NO_CHIPS } from "../search/query";
import type { Found } from "../search/useSearch";
import { conversation } from "../sync/sample";
import { groupsOf } from "./groups";

const NOTHING: Found = { status: "done", hits: [], next: null, isComplete: true };
const groups = (messages: Found) =>
  groupsOf(
    "parcel",
    { ...NO_CHIPS, scope: "messages", among: "tag:vip" },
    { commands: [], known: [], tags: [], me: "me", conversation: () => undefined, messages, people: NOTHING },
  );

test("what is rare may stand further back: there is a way on although nothing was found so far", () => {
  const [group] = groups({ ...NOTHING, next: "80" });
  expect(group?.entries).toEqual([{ kind: "more", key: "more messages", isFirst: true }]);
});

test("nothing is said to be there when all was looked through", () => {
  expect(groups(NOTHING)).toEqual([]);
});

test("without words the lists of what the chips mean stand below what is in memory", () => {
  const known = [conversation("a", { tags: ["VIP"] })];
  const of = (text: string) =>
    groupsOf(
      text,
      { ...NO_CHIPS, among: "tag:vip" },
      {
        commands: [],
        known,
        tags: ["VIP"],
        me: "me",
        conversation: () => undefined,
        messages: NOTHING,
        people: NOTHING,
      },
    );
  expect(of("").map(({ id, entries }) => [id, entries.map(({ key }) => key)])).toEqual([
    ["recent", ["a"]],
    ["lists", ["all;tag=VIP", "snoozed;tag=VIP", "closed;tag=VIP"]],
  ]);
  expect(of("parcel")).toEqual([]);
});
