/** What a list shows while somebody points at it or has scrolled into it. */
export interface HeldRows {
  rows: readonly string[];
  /** How many stand further up in truth than the list shows. */
  newer: number;
}

/** After this long without a movement a pointer holds the order no more: nobody is about to click. */
export const POINTER_HOLDS_MS = 60_000;

/** The pointer, as far as the list knows of it. */
export interface Pointer {
  isOver: boolean;
  /** When it moved last, in milliseconds that only grow. */
  movedAt: number;
}

export const AWAY: Pointer = { isOver: false, movedAt: Number.NEGATIVE_INFINITY };

/** Whether a row that leaves its place now could go from under a hand that is about to click. */
export const pointerHolds = ({ isOver, movedAt }: Pointer, now: number): boolean =>
  isOver && now - movedAt < POINTER_HOLDS_MS;

/** Whether a key says that somebody has gone over to the keyboard: those that are held for a click say nothing. */
export const isKeyAlone = (key: string): boolean =>
  !["Shift", "Control", "Meta", "Alt", "AltGraph"].includes(key);

/**
 * Keeps the order that was on the screen: what left goes, what came at the bottom is added there, what came or moved up
 * waits until the list is let go.
 */
export function holdRows(shown: readonly string[], now: readonly string[]): HeldRows {
  if (shown === now) return { rows: now, newer: 0 };
  const present = new Set(now);
  const rows = shown.filter((id) => present.has(id));
  if (rows.length === 0) return { rows: now, newer: 0 };
  const known = new Set(rows);
  const places = new Map(now.map((id, place) => [id, place]));
  const lowest = rows.reduce((low, id) => Math.max(low, places.get(id) ?? 0), 0);
  const below = now.slice(lowest + 1).filter((id) => !known.has(id));
  const held = [...rows, ...below];
  const above = places.get(held[0] ?? "") ?? 0;
  return { rows: held, newer: Math.max(above, now.length - held.length) };
}
