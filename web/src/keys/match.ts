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

const ONCE: readonly Action[] = ["send", "sendAndClose"];

/**
 * Whether a key that is held has done its work with its first stroke. By the next one another conversation may stand there,
 * and nothing goes out that nobody sent.
 */
export const isSpent = (action: Action, { repeat }: Pick<KeyboardEvent, "repeat">): boolean =>
  repeat && ONCE.includes(action);

/** Finds what a stroke means in a table, after `prefix` if one was pressed just before. */
export function match(
  stroke: Stroke,
  prefix: string | null,
  lettersOn: boolean,
  table: readonly KeyRow[] = KEYS,
): Matched {
  const nothing = { action: null, prefix: null };
  if (stroke.isComposing || stroke.altKey || stroke.isAltGraph) return nothing;
  const key = stroke.key.toLowerCase();
  const rows = table.filter((row) => row.inFields || !stroke.inField);
  const mayType = lettersOn && !stroke.inField;
  for (const row of rows) {
    for (const keys of [row.keys, ...(row.also ?? [])]) {
      // What is held belongs to the row's first keys; the other ways are plain.
      if (!holds(keys === row.keys ? row.needs : undefined, stroke)) continue;
      // A row may be reached by a letter and by another key: the arrows work while letters are off.
      if (!mayType && isTyped(row, keys)) continue;
      const [first, second] = keys;
      if (second === undefined ? prefix === null && first === key : prefix === first && second === key) {
        return { action: row.action, prefix: null };
      }
    }
  }
  const plain = !stroke.shiftKey && !stroke.ctrlKey && !stroke.metaKey;
  const starts =
    plain && mayType && prefix === null && rows.some((row) => row.keys.length > 1 && row.keys[0] === key);
  return { action: null, prefix: starts ? key : null };
}

/** Whether keys make signs when nothing is held: those belong to the text, and can be switched off. */
const isTyped = (row: KeyRow, keys: readonly string[]) =>
  !row.needs?.startsWith("command") && keys.some((key) => key.length === 1);

function holds(needs: KeyRow["needs"], stroke: Stroke): boolean {
  const command = stroke.ctrlKey || stroke.metaKey;
  switch (needs) {
    case "command":
      return command && !stroke.shiftKey;
    case "command+shift":
      return command && stroke.shiftKey;
    case "shift":
      return !command && stroke.shiftKey;
    default:
      // "?" and "/" need Shift on some layouts and none on others: what a sign is typed with does not matter.
      return !command && (!stroke.shiftKey || /^[^\p{L}]$/u.test(stroke.key));
  }
}
