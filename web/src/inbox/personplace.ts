import { useCallback, useState, useSyncExternalStore } from "react";

/** From here on there is room for a fourth column: `--breakpoint-quad`. */
const WIDE = "(width >= 88rem)";
const KEPT = "tidings.person";

function listen(onChange: () => void): () => void {
  const wide = window.matchMedia(WIDE);
  wide.addEventListener("change", onChange);
  return () => wide.removeEventListener("change", onChange);
}

const isWide = () => window.matchMedia(WIDE).matches;

export interface PersonColumn {
  /** The window has room for it. */
  fits: boolean;
  /** It stands there. */
  isShown: boolean;
  /** Kept in this browser. */
  show: (isShown: boolean) => void;
}

/** Whether the card of who writes stands beside the conversation, instead of over it when it is asked for. */
export function usePersonColumn(): PersonColumn {
  const fits = useSyncExternalStore(listen, isWide);
  const [isKept, setKept] = useState(() => localStorage.getItem(KEPT) === "beside");
  const show = useCallback((isShown: boolean) => {
    if (isShown) localStorage.setItem(KEPT, "beside");
    else localStorage.removeItem(KEPT);
    setKept(isShown);
  }, []);
  return { fits, isShown: fits && isKept, show };
}
