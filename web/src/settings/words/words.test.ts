import { expect, test } from "vitest";
import { en } from "./en";
import { fr } from "./fr";

function texts(catalogue: object, path = ""): [string, string][] {
  return Object.entries(catalogue).flatMap(([name, value]) => {
    const here = `${path}${name}`;
    if (typeof value === "string") return [[here, value] as [string, string]];
    if (typeof value === "function") return [[here, String(value(2, 3))] as [string, string]];
    return texts(value, `${here}.`);
  });
}

test("no text of the settings is empty or unfilled, and both languages have the same ones", () => {
  for (const catalogue of [en, fr]) {
    for (const [path, text] of texts(catalogue)) {
      expect(text.trim(), path).not.toBe("");
      expect(text, path).not.toMatch(/#|undefined|\[object/);
    }
  }
  expect(texts(fr).map(([path]) => path)).toEqual(texts(en).map(([path]) => path));
});
