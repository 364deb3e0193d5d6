import { expect, test } from "vitest";
import { piecesOf } from "./links";

test("an address becomes a link, the full stop after it does not", () => {
  expect(piecesOf("See https://example.com/a?b=1. Thanks")).toEqual([
    { kind: "text", text: "See " },
    { kind: "link", text: "https://example.com/a?b=1", address: "https://example.com/a?b=1" },
    { kind: "text", text: ". Thanks" },
  ]);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,<script>1</script>",
  "//evil.example",
  "<img src=x onerror=1>",
  "http://",
])("%s stays text", (text) => expect(piecesOf(text)).toEqual([{ kind: "text", text }]));

test("nothing of a text is lost", () => {
  for (const text of [
    "",
    "a",
    "https://a.b",
    "x https://a.b) y https://c.d!! z",
    "https://a.b https://c.d",
  ]) {
    expect(
      piecesOf(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
  }
});
