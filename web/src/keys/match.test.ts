import { expect, test } from "vitest";
import { isSpent, match, type Stroke } from "./match";
import { KEYS } from "./table";

const stroke = (key: string, more: Partial<Stroke> = {}): Stroke => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  isAltGraph: false,
  inField: false,
  ...more,
});
const actionOf = (pressed: Stroke, prefix: string | null = null, letters = true) =>
  match(pressed, prefix, letters).action;

test("each row of the table is reached by its own keys", () => {
  for (const row of KEYS) {
    const held = {
      shiftKey: row.needs?.includes("shift") ?? false,
      ctrlKey: row.needs?.includes("command") ?? false,
    };
    const [first, second] = row.keys;
    if (second) {
      const { prefix } = match(stroke(first ?? ""), null, true);
      expect(actionOf(stroke(second), prefix), row.action).toBe(row.action);
    } else expect(actionOf(stroke(first ?? "", held)), row.action).toBe(row.action);
  }
});

test("letters belong to the text while one is being written", () => {
  for (const key of ["j", "k", "r", "n", "e", "a", "?", "enter"])
    expect(actionOf(stroke(key, { inField: true }))).toBeNull();
  expect(actionOf(stroke("Enter", { inField: true, metaKey: true }))).toBe("send");
  expect(actionOf(stroke("Escape", { inField: true }))).toBe("back");
});

test("letters can be switched off, other keys stay", () => {
  expect(actionOf(stroke("j"), null, false)).toBeNull();
  expect(actionOf(stroke("u"), null, false)).toBeNull();
  expect(actionOf(stroke("Escape"), null, false)).toBe("back");
  expect(actionOf(stroke("ArrowDown"), null, false)).toBe("next");
  expect(actionOf(stroke("k", { ctrlKey: true }), null, false)).toBe("palette");
  expect(match(stroke("g"), null, false).prefix).toBeNull();
});

test("Alt, AltGraph, composing and Ctrl+letter are never ours", () => {
  expect(actionOf(stroke("e", { altKey: true }))).toBeNull();
  expect(actionOf(stroke("e", { isAltGraph: true }))).toBeNull();
  expect(actionOf(stroke("e", { isComposing: true }))).toBeNull();
  expect(actionOf(stroke("r", { ctrlKey: true }))).toBeNull();
  expect(actionOf(stroke("a", { metaKey: true }))).toBeNull();
});

test("a key that is held goes on through the list and sends once", () => {
  for (const action of ["send", "sendAndClose"] as const) {
    expect(isSpent(action, { repeat: true })).toBe(true);
    expect(isSpent(action, { repeat: false })).toBe(false);
  }
  expect(isSpent("next", { repeat: true })).toBe(false);
});

test("the question mark is found with Shift and without", () => {
  expect(actionOf(stroke("?", { shiftKey: true }))).toBe("help");
  expect(actionOf(stroke("?"))).toBe("help");
  // AZERTY has the slash above Shift.
  expect(actionOf(stroke("/", { shiftKey: true }))).toBe("search");
  expect(actionOf(stroke("Enter", { shiftKey: true }))).toBeNull();
});

test("no two rows answer to the same stroke", () => {
  const strokes = KEYS.flatMap((row) =>
    [row.keys, ...(row.also ?? [])].map((keys) => `${row.needs ?? ""} ${keys.join(" ")}`),
  );
  expect(new Set(strokes).size).toBe(strokes.length);
});
