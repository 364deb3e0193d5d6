import { type Action, KEYS, type KeyRow } from "./table";

/** The part of a keyboard event that decides. */
export interface Stroke {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
  /** Whether the stroke goes into a text. */
  inField: boolean;
  /** Whether AltGraph is held: it makes letters on many layouts. */
  isAltGraph: boolean;
}

export interface Matched {
  action: Action | null;
  /** The first key of a pair, when the second is awaited. */
  prefix: string | null;
}

/** Finds what a stroke means, after `prefix` if one was pressed just before. */
export function match(stroke: Stroke, prefix: string | null, lettersOn: boolean): Matched {
  const nothing = { action: null, prefix: null };
  if (stroke.isComposing || stroke.altKey || stroke.isAltGraph) return nothing;
  const key = stroke.key.toLowerCase();
  const rows = KEYS.filter((row) => (lettersOn || !row.isLetter) && (row.inFields || !stroke.inField));
  for (const row of rows) {
    if (!holds(row, stroke)) continue;
    // "U" for back is a letter even though Esc is not.
    const also = stroke.inField || !lettersOn ? [] : (row.also ?? []);
    for (const keys of [row.keys, ...also]) {
      const [first, second] = keys;
      if (second === undefined ? prefix === null && first === key : prefix === first && second === key) {
        return { action: row.action, prefix: null };
      }
    }
  }
  const plain = !stroke.shiftKey && !stroke.ctrlKey && !stroke.metaKey;
  const starts = plain && prefix === null && rows.some((row) => row.keys.length > 1 && row.keys[0] === key);
  return { action: null, prefix: starts ? key : null };
}

function holds(row: KeyRow, stroke: Stroke): boolean {
  const command = stroke.ctrlKey || stroke.metaKey;
  switch (row.needs) {
    case "command":
      return command && !stroke.shiftKey;
    case "command+shift":
      return command && stroke.shiftKey;
    case "shift":
      return !command && stroke.shiftKey;
    default:
      // "?" needs Shift on most layouts and none on others: what it is typed with does not matter.
      return !command && (!stroke.shiftKey || row.keys[0] === "?");
  }
}
