import { expect, test } from "vitest";
import { plainOf } from "../../words/markup";
import { type Change, linked, type Mark, toggled } from "./marks";

/** A text whose selection stands between bars. */
function press(shown: string, mark: Mark): string {
  const from = shown.indexOf("|");
  const to = shown.lastIndexOf("|") - (from === shown.lastIndexOf("|") ? 0 : 1);
  const text = shown.replaceAll("|", "");
  return after(text, toggled(text, from, to, mark));
}

function after(text: string, { from, to, text: put, select }: Change): string {
  const whole = text.slice(0, from) + put + text.slice(to);
  const [start, end] = select;
  if (start === end) return `${whole.slice(0, start)}|${whole.slice(start)}`;
  return `${whole.slice(0, start)}|${whole.slice(start, end)}|${whole.slice(end)}`;
}

test.each([
  ["a |word| b", "**", "a **|word|** b"],
  ["a **|word|** b", "**", "a |word| b"],
  ["a |**word**| b", "**", "a |word| b"],
  ["a **|word|** b", "_", "a **_|word|_** b"],
  ["a| word |b", "_", "a _|word|_ b"],
  ["a |b", "**", "a **|**b"],
  ["|- one\n- two\n\nthree|", "**", "|- **one**\n- **two**\n\n**three**|"],
  ["|- **one**\n- two|", "**", "|- **one**\n- **two**|"],
  ["|- **one**\n- **two**|", "**", "|- one\n- two|"],
] as const)("%s with %s is %s", (before, mark, expected) => expect(press(before, mark)).toBe(expected));

test("an address pasted over words is where they lead", () => {
  const paste = (words: string, address: string) =>
    linked(`see ${words}.`, 4, 4 + words.length, address)?.text;
  expect(paste("the guide", "https://a.example/x_(y)")).toBe("[the guide](https://a.example/x_%28y%29)");
  expect(paste("step [2]", " https://a.example ")).toBe("[step \\[2\\]](https://a.example)");
  expect(plainOf(paste("step [2]", "https://a.example") ?? "")).toBe("step [2] (a.example)");
  for (const [words, address] of [
    ["https://old.example", "https://new.example"],
    ["two\nlines", "https://a.example"],
    [" ", "https://a.example"],
    ["x", "javascript:alert(1)"],
    ["x", "https://user@a.example"],
    ["x", "two words"],
  ] as const)
    expect(paste(words, address), `${words} ${address}`).toBeUndefined();
});
