import { expect, test } from "vitest";
import { conversation } from "../sync/sample";
import { dropChip, isAmong, NO_CHIPS, narrowedTo, takeChips } from "./query";

test("what is typed as a chip becomes one as soon as it ends, and leaves the words alone", () => {
  expect(takeChips("in:notes refund", NO_CHIPS)).toEqual({
    text: "refund",
    chips: { scope: "notes", among: null },
  });
  expect(takeChips("late is:closed parcel", { scope: "messages", among: null })).toEqual({
    text: "late parcel",
    chips: { scope: "messages", among: "closed" },
  });
  expect(takeChips("dans:personnes est:fermée ", NO_CHIPS)).toEqual({
    text: "",
    chips: { scope: "people", among: "closed" },
  });
});

test("what is no chip, or is still being typed, stays text", () => {
  for (const text of ["in:note", "in:notes", "https://example.com in", "re: parcel", "in:nothing x"])
    expect(takeChips(text, NO_CHIPS)).toEqual({ text, chips: NO_CHIPS });
});

test("a tag narrows down by how it begins, however it is written", () => {
  const { text, chips } = takeChips("tag:recl parcel", NO_CHIPS);
  expect([text, chips.among]).toEqual(["parcel", "tag:recl"]);
  const tagged = conversation("a", { tags: ["Réclamation grave", "VIP"] });
  expect(isAmong(chips.among, tagged, "me")).toBe(true);
  expect(isAmong("tag:vip", tagged, "me")).toBe(true);
  expect(isAmong("tag:ip", tagged, "me")).toBe(false);
  expect(isAmong("tag:vip", conversation("b"), "me")).toBe(false);
  expect(isAmong("tag:vip", undefined, "me")).toBe(false);
  expect(takeChips("étiquette:VIP ", NO_CHIPS).chips.among).toBe("tag:VIP");
});

test("what is snoozed can be asked for", () => {
  const aside = conversation("a", { snoozed_until: "2026-11-23T08:00:00.000Z" });
  const { among } = takeChips("is:snoozed ", NO_CHIPS).chips;
  expect([isAmong(among, aside, "me"), isAmong(among, conversation("b"), "me")]).toEqual([true, false]);
});

test("the server is asked for the same", () => {
  expect([null, "mine", "tag:vip"].map((among) => narrowedTo(among as never))).toEqual([
    {},
    { is: "mine" },
    { tag: "vip" },
  ]);
});

test("chips go in the reverse order", () => {
  const both = { scope: "notes", among: "mine" } as const;
  expect(dropChip(both)).toEqual({ scope: "notes", among: null });
  expect(dropChip(dropChip(both))).toEqual(NO_CHIPS);
});

test("conversations are told apart by state and assignee", () => {
  const mine = conversation("a", { assignee_id: "me" });
  const closed = conversation("b", { assignee_id: "me", state: "closed" });
  expect([null, "mine", "open", "closed"].map((among) => isAmong(among as never, mine, "me"))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect([null, "mine", "open", "closed"].map((among) => isAmong(among as never, closed, "me"))).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(isAmong("open", undefined, "me")).toBe(false);
});
