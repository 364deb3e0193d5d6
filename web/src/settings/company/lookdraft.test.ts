import { expect, test } from "vitest";
import { type LookDraft, lookDraftOf, lookOf, wrongLookOf } from "./lookdraft";

const draft = (change: Partial<LookDraft>): LookDraft => ({ name: "", accent: "", greetings: [], ...change });

test("what was set comes back as it was, and what is empty is left out", () => {
  const settings = { name: "Martin", accent: "#c2410c", greetings: [{ language: "fr", text: "Bonjour" }] };
  expect(lookOf(lookDraftOf(settings, "en"))).toEqual(settings);
  const begun = lookDraftOf({}, "fr");
  expect(begun.greetings).toEqual([{ language: "fr", text: "" }]);
  expect(lookOf(begun)).toEqual({});
  expect(
    lookOf(draft({ name: "  ", accent: " C2410C ", greetings: [{ language: "pt-BR", text: " " }] })),
  ).toEqual({
    accent: "#c2410c",
  });
});

test("what cannot be saved is said before it is sent", () => {
  const greeting = (language: string, text = "Hello") => ({ language, text });
  const cases: [Partial<LookDraft>, string | null][] = [
    [{}, null],
    [{ name: "n".repeat(257) }, "name"],
    [{ accent: "orange" }, "accent"],
    [{ greetings: [greeting("")] }, "language"],
    [{ greetings: [greeting("français")] }, "language"],
    [{ greetings: [greeting("fr"), greeting("FR", "Salut")] }, "twice"],
    [{ greetings: [greeting("fr"), greeting("FR", " ")] }, null],
    [{ greetings: [greeting("fr", "é".repeat(251))] }, "long"],
    [{ greetings: [greeting("fr", "é".repeat(250)), greeting("fr-CH"), greeting("zh-Hant-TW")] }, null],
  ];
  for (const [change, wrong] of cases) expect(wrongLookOf(draft(change)), JSON.stringify(change)).toBe(wrong);
});
