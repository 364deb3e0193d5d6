import { useEffect, useRef } from "react";
import { isComposing } from "./composing";
import { keyRows, lettersOn } from "./kept";
import { isSpent, match } from "./match";
import type { Action } from "./table";

/** How long the second key of a pair may take. */
export const PAIR_MS = 1_500;

/** What an action does now; `undefined` or `false` leaves the key to the browser. */
export type Actions = Partial<Record<Action, (() => boolean | undefined) | (() => void) | undefined>>;

/** Listens for keys on the whole page. An open dialog has its own. */
export function useKeys(actions: Actions): void {
  const current = useRef(actions);
  useEffect(() => {
    current.current = actions;
  });
  useEffect(() => {
    let prefix: string | null = null;
    let pressedAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
      // Synthetic events may come from the window itself, which has no `closest`.
      const target = event.target instanceof Element ? event.target : null;
      const inField = target?.closest("input, textarea, select, [contenteditable]") != null;
      const isWaiting = prefix !== null && event.timeStamp - pressedAt < PAIR_MS;
      const found = match(
        {
          key: event.key,
          shiftKey: event.shiftKey,
          ctrlKey: event.ctrlKey,
          metaKey: event.metaKey,
          altKey: event.altKey,
          isComposing: isComposing(event),
          isAltGraph: event.getModifierState?.("AltGraph") ?? false,
          inField,
        },
        isWaiting ? prefix : null,
        lettersOn(),
        keyRows(),
      );
      prefix = found.prefix;
      pressedAt = event.timeStamp;
      if (!found.action) return;
      if (isSpent(found.action, event)) return event.preventDefault();
      // Enter and the arrows belong to what has the focus, if it does something with them.
      const isOwn = event.key === "Enter" || event.key.startsWith("Arrow");
      if (isOwn && !event.ctrlKey && !event.metaKey && target?.closest("button, a, summary, [data-own-keys]"))
        return;
      const run = current.current[found.action];
      if (run && run() !== false) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
