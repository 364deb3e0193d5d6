import { expect, test } from "vitest";
import { formatOf } from "../../words/format";
import { cityOf, factsOf, hourIn, newsIn, textOf } from "./context";
import { personWords } from "./words";

const it = personWords.en;
const format = formatOf("en-GB");

test("the hour is theirs, and a zone that nobody knows has none", () => {
  const at = new Date("2026-07-21T13:32:00Z");
  expect(hourIn("en", "Europe/Lisbon", at)).toMatch(/02:32\sPM/);
  expect(hourIn("fr", "Europe/Lisbon", at)).toBe("14:32");
  expect(hourIn("en", "Nowhere/At_All", at)).toBeNull();
  expect(hourIn("en", "<b>", at)).toBeNull();
  expect(cityOf("America/Argentina/Buenos_Aires")).toBe("Buenos Aires");
  expect(cityOf("UTC")).toBe("UTC");
});

test("each kind of field has its words", () => {
  expect(textOf(true, it, format)).toBe("yes");
  expect(textOf(12_345.5, it, format)).toBe("12,345.5");
  expect(textOf("<b>gold</b>", it, format)).toBe("<b>gold</b>");
  expect(textOf({ time: "2026-11-21T09:30:00.250Z" }, it, format)).toContain("2026");
  expect(textOf({ time: "never" }, it, format)).toBe("never");
});

test("of the phone's facts, those that are new are told", () => {
  const before = factsOf({ app_version: "4.1", os: "Android", os_version: "16" }, it);
  const now = factsOf(
    { app_version: "4.2", app_build: "17", os: "Android", os_version: "16", network: "wifi" },
    it,
  );
  expect(now).toEqual(["version 4.2 (17)", "Android 16", "Wi-Fi"]);
  expect(newsIn(now, before)).toEqual(["version 4.2 (17)", "Wi-Fi"]);
  expect(newsIn(now, undefined)).toEqual(now);
});
