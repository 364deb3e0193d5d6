import { useCallback, useEffect, useState } from "react";

/** How long it is said what became of it. */
const SAID_MS = 2_500;

/** Puts a text into the clipboard, and says for a moment whether it got there. */
export function useCopy(): ["idle" | "copied" | "failed", (text: string) => void] {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), SAID_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = useCallback((text: string) => {
    // Pages that came without TLS have no clipboard.
    const copying = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject();
    void copying.then(
      () => setState("copied"),
      () => setState("failed"),
    );
  }, []);
  return [state, copy];
}
