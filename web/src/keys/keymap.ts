// The agent's own keys: what they changed in the table, and whether a change would clash with another row.
import { type Action, KEYS, type KeyRow } from "./table";

/** What an agent pressed for an action in the place of the table's own keys. */
export interface Strokes {
  keys: readonly string[];
  needs?: "shift";
}

export type Remaps = Readonly<Partial<Record<Action, Strokes>>>;

/** Why strokes cannot be taken for an action. */
export type Fault = { why: "taken"; by: Action } | { why: "reserved" };

/** Rows whose keys also work while a text is written, and Enter, keep their keys: nothing else is safe there. */
export const canRemap = (row: KeyRow): boolean => !row.inFields && row.action !== "enter";

/** The table with the agent's changes laid over it. */
export function remapped(remaps: Remaps): readonly KeyRow[] {
  return KEYS.map((row) => {
    const own = canRemap(row) ? remaps[row.action] : undefined;
    return own ? { ...row, keys: own.keys, needs: own.needs, isLetter: true } : row;
  });
}

/** Whether strokes may be given to an action: one printable key, or two of which the first starts no row of its own. */
export function faultOf(rows: readonly KeyRow[], action: Action, strokes: Strokes): Fault | null {
  const [first, second] = strokes.keys;
  const isPrintable = strokes.keys.every((key) => [...key].length === 1 && key.trim() !== "");
  if (!first || strokes.keys.length > 2 || !isPrintable) return { why: "reserved" };
  for (const row of rows) {
    if (row.action === action || (row.needs ?? null) !== (strokes.needs ?? null)) continue;
    for (const keys of [row.keys, ...(row.also ?? [])]) {
      const isSame = keys[0] === first && keys[1] === second;
      const isStart = keys[0] === first && (keys.length === 1) !== (second === undefined);
      if (isSame || isStart) return { why: "taken", by: row.action };
    }
  }
  return null;
}

/** Reads what a browser kept; rows that do not exist any more, or clash by now, are left out. */
export function readRemaps(text: string | null): Remaps {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
  if (typeof kept !== "object" || kept === null) return {};
  let remaps: Remaps = {};
  for (const [name, value] of Object.entries(kept)) {
    const row = KEYS.find(({ action }) => action === name);
    if (!row || !isStrokes(value) || !canRemap(row)) continue;
    remaps = { ...remaps, [row.action]: value };
  }
  const rows = remapped(remaps);
  const good = Object.entries(remaps).filter(
    ([action, strokes]) => faultOf(rows, action as Action, strokes) === null,
  );
  return Object.fromEntries(good);
}

function isStrokes(value: unknown): value is Strokes {
  const strokes = value as Partial<Strokes> | null;
  const isList = Array.isArray(strokes?.keys) && strokes.keys.every((key) => typeof key === "string");
  return isList && (strokes?.needs === undefined || strokes.needs === "shift");
}
