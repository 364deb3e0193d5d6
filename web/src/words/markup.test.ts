import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { asTyped, type Block, blocksOf, plainOf } from "./markup";

const FILE = new URL("../../../protocol/fixtures/markup/texts.json", import.meta.url);
const examples: { text: string; blocks: Block[]; plain: string }[] = JSON.parse(readFileSync(FILE, "utf8"));

/** What is off is left out, as in the file. */
const bare = (blocks: Block[]) =>
  JSON.parse(JSON.stringify(blocks, (_, value) => (value === false ? undefined : value)));

test("every text is shown as phones show it", () => {
  expect(examples.length).toBeGreaterThan(300);
  for (const { text, blocks, plain } of examples) {
    expect(bare(blocksOf(text)), text).toEqual(blocks);
    expect(plainOf(text), text).toBe(plain);
  }
});

test("words of users have addresses and no marks", () => {
  expect(asTyped("2*3*4 **x** see https://a.example/b_c_.")).toEqual([
    { text: "2*3*4 **x** see " },
    { text: "https://a.example/b_c_", link: "https://a.example/b_c_" },
    { text: "." },
  ]);
  for (const { text } of examples)
    expect(
      asTyped(text)
        .map((run) => run.text)
        .join(""),
    ).toBe(text);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,<script>1</script>",
  "//evil.example",
  "<img src=x onerror=1>",
  "http://",
])("%s stays text", (text) => {
  expect(asTyped(text)).toEqual([{ text }]);
  expect(blocksOf(`[x](${text})`).flatMap(({ runs }) => runs.filter((run) => run.link))).toEqual([]);
});

// Quadratic, one of these alone would take minutes.
test("no text takes longer than its length", { timeout: 60_000 }, () => {
  const pieces = [
    "*",
    "**a ",
    "_",
    "`",
    "` ",
    "[",
    "[a](",
    "[a](https://",
    "]",
    "\\[",
    "[\\*",
    "\\",
    "> ",
    "- ",
  ];
  for (const piece of [...pieces, "```\n", "```\na\n", "https://a)", ")", "`` ` ", "*a* _b_ ", "\n"]) {
    const begun = performance.now();
    plainOf(piece.repeat(20_000));
    plainOf(`[${piece.repeat(20_000)}`);
    asTyped(`https://a${piece.repeat(20_000)}`);
    expect(performance.now() - begun, piece).toBeLessThan(5_000);
  }
});
