import { expect, test } from "vitest";
import { canRemap, faultOf, readRemaps, remapped } from "./keymap";
import { match } from "./match";
import { KEYS } from "./table";

const press = (key: string, shiftKey = false) => ({
  key,
  shiftKey,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  inField: false,
  isAltGraph: false,
});

test("a changed key does what the old one did, and the old one nothing", () => {
  const rows = remapped({ reply: { keys: ["y"] }, next: { keys: ["s"], needs: "shift" } });
  expect(match(press("y"), null, true, rows).action).toBe("reply");
  expect(match(press("r"), null, true, rows).action).toBeNull();
  expect(match(press("S", true), null, true, rows).action).toBe("next");
  // What else leads there stays.
  expect(match(press("ArrowDown"), null, true, rows).action).toBe("next");
});

test("keys that mean something else are refused, with what they mean", () => {
  expect(faultOf(KEYS, "reply", { keys: ["n"] })).toEqual({ why: "taken", by: "note" });
  expect(faultOf(KEYS, "reply", { keys: ["u"] })).toEqual({ why: "taken", by: "back" });
  // The first key of a pair, and a pair that starts with the key of another row.
  expect(faultOf(KEYS, "reply", { keys: ["g"] })).toMatchObject({ why: "taken" });
  expect(faultOf(KEYS, "reply", { keys: ["n", "x"] })).toEqual({ why: "taken", by: "note" });
  expect(faultOf(KEYS, "reply", { keys: ["e"], needs: "shift" })).toEqual({ why: "taken", by: "closeStay" });
  expect(faultOf(KEYS, "reply", { keys: ["g", "y"] })).toBeNull();
  expect(faultOf(KEYS, "reply", { keys: ["r"] })).toBeNull();
});

test("only printable keys can be given", () => {
  for (const key of ["Tab", " ", "F5", "Escape", "", "ab"])
    expect(faultOf(KEYS, "reply", { keys: [key] })).toEqual({ why: "reserved" });
});

test("what cannot be typed over keeps its keys", () => {
  const rows = remapped({ send: { keys: ["y"] }, back: { keys: ["y"] }, enter: { keys: ["y"] } });
  expect(rows).toEqual(KEYS);
  expect(KEYS.filter((row) => !canRemap(row)).map((row) => row.action)).toEqual([
    "enter",
    "back",
    "send",
    "sendAndClose",
    "sendLater",
    "strong",
    "emphasis",
    "palette",
  ]);
});

test("what a browser kept is read with care", () => {
  expect(readRemaps('{"reply":{"keys":["y"]},"next":{"keys":["s"],"needs":"shift"}}')).toEqual({
    reply: { keys: ["y"] },
    next: { keys: ["s"], needs: "shift" },
  });
  for (const text of [
    null,
    "",
    "7",
    "null",
    "[]",
    '{"reply":7}',
    '{"reply":{"keys":[1]}}',
    '{"gone":{"keys":["y"]}}',
  ])
    expect(readRemaps(text)).toEqual({});
  // A later version gave this key to something else.
  expect(readRemaps('{"reply":{"keys":["n"]}}')).toEqual({});
});
