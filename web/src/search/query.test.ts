import { expect, test } from "vitest";
import { conversation } from "../sync/sample";
import {
  askedOf,
  dropChip,
  endsInChip,
  fits,
  isAmong,
  momentOf,
  NO_CHIPS,
  narrowedTo,
  takeChips,
  unknownChip,
} from "./query";

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

test("a chip at the very end counts although its space is missing, and stays in the field", () => {
  const asked = (text: string) => askedOf(text, NO_CHIPS, AGENTS, NOW);
  expect(asked("parcel is:closed")).toEqual({ text: "parcel ", chips: { ...NO_CHIPS, among: "closed" } });
  expect(asked("from:camille")).toEqual({ text: "", chips: { ...NO_CHIPS, from: "camille" } });
  expect(asked("tag:“vip card”").chips.among).toBe("tag:vip card");
  expect(takeChips("parcel is:closed", NO_CHIPS)).toEqual({ text: "parcel is:closed", chips: NO_CHIPS });
  // What has no value yet is none of the words, and what is no chip is one of them.
  for (const text of ["parcel is:", "parcel is:clo", 'parcel tag:"vip ca', "parcel tag:«  »"])
    expect(asked(text), text).toEqual({ text: "parcel ", chips: NO_CHIPS });
  for (const text of ["parcel re:clo", "https://example.com", "is:secret parcel", "is:secret ", ""])
    expect(asked(text), text).toEqual({ text, chips: NO_CHIPS });
});

test("a chip at the end, known or not, is finished by Enter; one that is not begun or still open is not", () => {
  for (const text of ["is:closed", "parcel is:secret", "is:secret tag:vip", "de:« Camille »"])
    expect(endsInChip(text), text).toBe(true);
  for (const text of ["is:", "is:closed parcel", "is:secret ", 'tag:"vip', "re:closed", "parcel", ""])
    expect(endsInChip(text), text).toBe(false);
});

test("a value may stand in the quotes of either language", () => {
  for (const typed of ["de:“Camille Petit” ", "de:« Camille Petit » ", "de:«\u202fCamille Petit\u00a0» "])
    expect(takeChips(typed, NO_CHIPS), typed).toEqual({
      text: "",
      chips: { ...NO_CHIPS, from: "Camille Petit" },
    });
});

test("a tag narrows down by how it begins, however it is written", () => {
  const { text, chips } = takeChips("tag:recl parcel", NO_CHIPS);
  expect([text, chips.among]).toEqual(["parcel", "tag:recl"]);
  const tagged = conversation("a", { tags: ["Réclamation grave", "VIP"] });
  expect(isAmong(chips, tagged, "me")).toBe(true);
  expect(isAmong({ among: "tag:vip" }, tagged, "me")).toBe(true);
  expect(isAmong({ among: "tag:ip" }, tagged, "me")).toBe(false);
  expect(isAmong({ among: "tag:vip" }, conversation("b"), "me")).toBe(false);
  expect(isAmong({ among: "tag:vip" }, undefined, "me")).toBe(false);
  expect(takeChips("étiquette:VIP ", NO_CHIPS).chips.among).toBe("tag:VIP");
});

test("what is snoozed can be asked for", () => {
  const aside = conversation("a", { snoozed_until: "2026-11-23T08:00:00.000Z" });
  const { among } = takeChips("is:snoozed ", NO_CHIPS).chips;
  expect([isAmong({ among }, aside, "me"), isAmong({ among }, conversation("b"), "me")]).toEqual([
    true,
    false,
  ]);
});

test("the server is asked for the same", () => {
  const of = (among: unknown) => narrowedTo({ ...NO_CHIPS, among: among as never });
  expect([null, "mine", "tag:vip"].map(of)).toEqual([{}, { is: "mine" }, { tag: "vip" }]);
});

test("chips go in the reverse order", () => {
  const both = { scope: "notes", among: "mine" } as const;
  expect(dropChip(both)).toEqual({ scope: "notes", among: null });
  expect(dropChip(dropChip(both))).toEqual(NO_CHIPS);
});

test("conversations are told apart by state and assignee", () => {
  const mine = conversation("a", { assignee_id: "me" });
  const closed = conversation("b", { assignee_id: "me", state: "closed" });
  expect(
    [null, "mine", "open", "closed"].map((among) => isAmong({ among: among as never }, mine, "me")),
  ).toEqual([true, true, true, false]);
  expect(
    [null, "mine", "open", "closed"].map((among) => isAmong({ among: among as never }, closed, "me")),
  ).toEqual([true, false, false, true]);
  expect(isAmong({ among: "open" }, undefined, "me")).toBe(false);
});

const AGENTS = [
  { id: "agt_ana", name: "Ana Moreau" },
  { id: "agt_emile", name: "Émile Renard" },
];
const NOW = new Date(2026, 10, 22, 15);

test("person, assignee and time are chips, whatever accents, in both languages", () => {
  const typed = 'from:camille assignee:emi after:2026-11-01 before:yesterday tag:"grave erreur" parcel';
  const { text, chips } = takeChips(typed, NO_CHIPS, AGENTS, NOW);
  expect([text, chips]).toEqual([
    "parcel",
    {
      scope: "everything",
      among: "tag:grave erreur",
      from: "camille",
      assignee: "agt_emile",
      after: "2026-11-01",
      before: "2026-11-21",
    },
  ]);
  const french = takeChips(
    'de:"Camille Petit" attribuée:ana après:2026-11-01 avant:hier ',
    NO_CHIPS,
    AGENTS,
    NOW,
  );
  expect(french).toEqual({
    text: "",
    chips: {
      ...NO_CHIPS,
      from: "Camille Petit",
      assignee: "agt_ana",
      after: "2026-11-01",
      before: "2026-11-21",
    },
  });
  expect(takeChips("assignee:nobody ", NO_CHIPS, AGENTS).chips.among).toBe("unassigned");
  expect(takeChips("attribuée:moi ", NO_CHIPS, AGENTS).chips.among).toBe("mine");
  expect(narrowedTo(chips)).toEqual({
    tag: "grave erreur",
    from: "camille",
    assignee_id: "agt_emile",
    since: momentOf("2026-11-01").toISOString(),
    until: momentOf("2026-11-21").toISOString(),
  });
  expect(dropChip(dropChip(chips))).toEqual({
    scope: "everything",
    among: "tag:grave erreur",
    from: "camille",
    assignee: "agt_emile",
  });
});

test("what a chip does not know is said, and stays where it was typed", () => {
  for (const [typed, operator] of [
    ["is:secret parcel", "is"],
    ["in:nothing x", "in"],
    ["assignee:zoe x", "assignee"],
    ["after:2026-02-30 x", "after"],
    ["avant:demain x", "before"],
    ["from:!? x", "from"],
  ] as const) {
    expect(takeChips(typed, NO_CHIPS, AGENTS, NOW)).toEqual({ text: typed, chips: NO_CHIPS });
    expect(unknownChip(typed)?.operator, typed).toBe(operator);
  }
  for (const text of ["https://example.com x", "re: parcel", "is:clos", "note:x y", "constructor:x y", ""])
    expect(unknownChip(text), text).toBeNull();
  expect(takeChips("is:constructor x", NO_CHIPS).chips).toEqual(NO_CHIPS);
});

test("what is in memory is held against all of the chips", () => {
  const hers = conversation("a", {
    user: { id: "usr_1", name: "Léa Dubœuf", email: "lea@example.fr", verified: true },
    active_at: "2026-11-20T12:00:00.000Z",
    created_at: "2026-11-10T12:00:00.000Z",
    assignee_id: "agt_ana",
  });
  const all = {
    ...NO_CHIPS,
    from: "lea dub",
    assignee: "agt_ana",
    after: "2026-11-15",
    before: "2026-11-15",
  };
  expect(fits(all, hers, "me")).toBe(true);
  for (const other of [
    { from: "petit" },
    { assignee: "agt_emile" },
    { after: "2026-11-22" },
    { before: "2026-11-01" },
  ])
    expect(fits({ ...all, ...other }, hers, "me"), JSON.stringify(other)).toBe(false);
});
