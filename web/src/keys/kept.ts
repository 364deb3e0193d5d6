// What this browser keeps about keys: whether single letters are on, and which keys the agent changed.
import { useSyncExternalStore } from "react";
import { type Remaps, readRemaps, remapped, type Strokes } from "./keymap";
import type { Action, KeyRow } from "./table";

const LETTERS = "tidings.letters";
const REMAPS = "tidings.keys";

interface Kept {
  letters: boolean;
  remaps: Remaps;
  rows: readonly KeyRow[];
}

const listeners = new Set<() => void>();
let kept: Kept | null = null;

function read(): Kept {
  if (!kept) {
    const remaps = readRemaps(localStorage.getItem(REMAPS));
    kept = { letters: localStorage.getItem(LETTERS) !== "off", remaps, rows: remapped(remaps) };
  }
  return kept;
}

function write(key: string, value: string | null): void {
  if (value === null) localStorage.removeItem(key);
  else localStorage.setItem(key, value);
  changed();
}

function changed(): void {
  kept = null;
  for (const listener of [...listeners]) listener();
}

function listen(listener: () => void): () => void {
  // Another tab may change them too.
  if (listeners.size === 0) window.addEventListener("storage", changed);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener("storage", changed);
  };
}

/** The rows as they are now, for the handler. */
export const keyRows = (): readonly KeyRow[] => read().rows;
export const lettersOn = (): boolean => read().letters;
export const setLetters = (on: boolean): void => write(LETTERS, on ? null : "off");

/** Gives an action other keys; null gives it its own back. */
export function setRemap(action: Action, strokes: Strokes | null): void {
  const remaps = Object.fromEntries(Object.entries(read().remaps).filter(([name]) => name !== action));
  if (strokes) remaps[action] = strokes;
  write(REMAPS, Object.keys(remaps).length > 0 ? JSON.stringify(remaps) : null);
}

export const resetRemaps = (): void => write(REMAPS, null);

/** What this browser keeps, read again whenever it changes. */
export const useKept = (): Kept => useSyncExternalStore(listen, read);

/** The keys of one action as they are printed on a keyboard, for a hint; nothing while letters are off. */
export function useHint(action: Action): string | undefined {
  const { rows, letters } = useKept();
  const row = rows.find((known) => known.action === action);
  if (!row || (row.isLetter && !letters)) return undefined;
  return `${row.needs === "shift" ? "Shift+" : ""}${row.keys.map((key) => key.toUpperCase()).join(" ")}`;
}
