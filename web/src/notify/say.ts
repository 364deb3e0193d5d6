// Something that is said once in passing, such as that a link was copied.
import { useSyncExternalStore } from "react";

export interface Said {
  /** Another one even if its words are the same. */
  id: number;
  text: string;
}

/** How long it is shown, in milliseconds. */
const SHOWN_MS = 4_000;
/** How long something is shown that somebody may have to copy by hand. */
export const LONG_MS = 20_000;

let said: Said | null = null;
let count = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function set(next: Said | null): void {
  said = next;
  for (const listener of listeners) listener();
}

/** Says something, in the place of what was said before. */
export function say(text: string, ms = SHOWN_MS): void {
  clearTimeout(timer);
  set({ id: ++count, text });
  timer = setTimeout(() => set(null), ms);
}

const listen = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** What is being said; null: nothing. */
export const useSaid = (): Said | null => useSyncExternalStore(listen, () => said);
