import { expect, test } from "vitest";
import { draftOf, emptyRule, listOf, moved, rulesOf, talentsOf, wrongOf } from "./ruledraft";

const rules = {
  rules: [
    {
      name: "Refunds in French",
      apps: ["app_1"],
      languages: ["fr", "de"],
      tags: ["refund"],
      hours: "open" as const,
      to: { kind: "agent" as const, skill: "billing", speaks: true },
    },
    {
      name: "At night",
      apps: [],
      languages: [],
      tags: [],
      hours: "closed" as const,
      to: { kind: "nobody" as const },
    },
  ],
  return_after: 30,
};

test("rules come back from their fields as they were", () => {
  expect(rulesOf(draftOf(rules))).toEqual(rules);
  expect(rulesOf({ rules: [], returnAfter: "" })).toEqual({ rules: [] });
});

test("a list is words with commas between them, each once", () => {
  expect(listOf(" fr, de ,, fr")).toEqual(["fr", "de"]);
  expect(listOf("")).toEqual([]);
  expect(talentsOf("billing", "", "")).toEqual({ skills: ["billing"], languages: [] });
  expect(talentsOf("", "fr", "0")).toEqual({ skills: [], languages: ["fr"], at_most: 0 });
});

test("what is wrong is said before the server is asked", () => {
  const one = { ...emptyRule, name: "One" };
  expect(wrongOf({ rules: [one], returnAfter: "" })).toBeNull();
  expect(wrongOf({ rules: [one, emptyRule], returnAfter: "" })).toBe("name");
  expect(wrongOf({ rules: [one, { ...one, name: " One " }], returnAfter: "" })).toBe("twice");
  for (const minutes of ["0", "1441", "1.5", "soon"])
    expect(wrongOf({ rules: [], returnAfter: minutes }), minutes).toBe("minutes");
});

test("a rule goes up and down, and no further than the ends", () => {
  expect(moved(["a", "b", "c"], 1, -1)).toEqual(["b", "a", "c"]);
  expect(moved(["a", "b", "c"], 1, 1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
  expect(moved(["a", "b"], 1, 1)).toEqual(["a", "b"]);
});
