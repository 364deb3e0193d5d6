import { useSyncExternalStore } from "react";

const STEP_MS = 30_000;
const listeners = new Set<() => void>();
let minute = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

function listen(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    minute = Date.now();
    for (const told of listeners) told();
  }, STEP_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** The time, renewed twice a minute: for "12 min ago". One timer serves every row. */
export function useMinute(): number {
  return useSyncExternalStore(listen, () => minute);
}
