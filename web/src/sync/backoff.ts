import type { ReconnectWindow } from "../api/types";

/** A number from 0 (with) to 1 (without); a parameter so that tests repeat. */
export type Random = () => number;

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** Exponential with full jitter: a random time up to 1 s, 2 s, 4 s … at most 60 s. `failures` counts from 1. */
export function backoff(failures: number, random: Random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return Math.round(random() * ceiling);
}

/** The first wait after a lost socket: a random moment of the window that the server chose. */
export function withinWindow(window: ReconnectWindow, random: Random): number {
  const longest = Math.max(window.min_ms, window.max_ms);
  return Math.round(window.min_ms + random() * (longest - window.min_ms));
}
