import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SNIPPETS } from "./snippets";

const docs = new URL("../../../../docs/", import.meta.url);
const pages = readdirSync(docs, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md"))
  .map((name) => readFileSync(new URL(name, docs), "utf8").replaceAll(/^[ \t]+/gm, ""));

test("what can be pasted from the settings stands in the documentation, which is compiled", () => {
  for (const snippet of Object.values(SNIPPETS)) {
    const text = snippet("https://support.example.com", "app_01h2xcejqtf2nbrexx3vqjhp41");
    const plain = text.replaceAll(/^[ \t]+/gm, "");
    expect(
      pages.some((page) => page.includes(plain)),
      text,
    ).toBe(true);
  }
});
