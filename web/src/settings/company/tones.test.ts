import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { colourOf, contrast, tonesOf } from "./tones";

const TABLE = new URL("../../../../protocol/fixtures/tones/tones.json", import.meta.url);

test("phones and the preview make the same of a colour", () => {
  const table = JSON.parse(readFileSync(TABLE, "utf8")) as string[][];
  expect(table.length).toBeGreaterThan(8);
  for (const [set, ...rest] of table) {
    const { light, dark } = tonesOf(set as string);
    expect([light.fill, light.ink, dark.fill, dark.ink], set).toEqual(rest);
  }
});

test("whatever the colour, words on it can be read", () => {
  for (let red = 0; red < 256; red += 51)
    for (let green = 0; green < 256; green += 51)
      for (let blue = 0; blue < 256; blue += 51) {
        const colour = `#${[red, green, blue].map((one) => one.toString(16).padStart(2, "0")).join("")}`;
        const { light, dark } = tonesOf(colour);
        for (const { fill, ink } of [light, dark]) expect(contrast(fill, ink), colour).toBeGreaterThan(4.5);
      }
});

test("a colour is six digits, with or without their sign", () => {
  expect([colourOf(" #C2410c "), colourOf("c2410C")]).toEqual(["#c2410c", "#c2410c"]);
  for (const wrong of ["", "#", "red", "#c2410", "#c2410c0", "#c2410g"])
    expect(colourOf(wrong), wrong).toBeNull();
});
