import { expect, test } from "vitest";
import { diffOf } from "./diff";

const shown = (before: string, after: string) =>
  diffOf(before, after)
    .map(({ kind, text }) => (kind === "same" ? text : kind === "gone" ? `[-${text}-]` : `[+${text}+]`))
    .join("");

test("what stayed, what went and what came is told word by word", () => {
  expect(shown("We can send it.", "We will send it.")).toBe("We [-can-][+will+] send it.");
  expect(shown("Bonjour", "Bonjour Zoé !")).toBe("Bonjour[+ Zoé !+]");
  expect(shown("a b c", "a c")).toBe("a [-b -]c");
  expect(shown("", "new")).toBe("[+new+]");
  expect(shown("same", "same")).toBe("same");
  expect(diffOf("", "")).toEqual([]);
});

test("both texts can be read out of it again, also where they are too long to compare", () => {
  const long = "word ".repeat(2_000);
  for (const [before, after] of [
    ["The blue one, l’autre !", "The other one is blue; l’autre aussi."],
    [long, `${long} and more`],
    ["🙂 ok", "ok 🙂🙂"],
  ] as const) {
    const pieces = diffOf(before, after);
    const without = (kind: string) => pieces.flatMap((it) => (it.kind === kind ? [] : [it.text])).join("");
    expect([without("new"), without("gone")]).toEqual([before, after]);
  }
});
