import { expect, test } from "vitest";
import { placeOf } from "./cursor";
import { readFixture } from "./fixtures";

const { good, bad } = readFixture<{ good: { text: string }[]; bad: (string | { text: string })[] }>(
  "cursor.json",
);

test.each(good)("$text is a cursor", ({ text }) => {
  const place = placeOf(text);
  expect(`${place?.epoch}.${place?.seq}`).toBe(text.replace(/\.0+(?=\d)/, "."));
});

test.each(bad)("%j is none", (entry) => {
  expect(placeOf(typeof entry === "string" ? entry : entry.text)).toBeNull();
});
