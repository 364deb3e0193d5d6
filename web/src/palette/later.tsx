import { type ComponentProps, useEffect, useLayoutEffect, useRef, useState } from "react";
import { loadHeld } from "../inbox/held/late";
import type Palette from "./palette";

let loaded: typeof Palette | null = null;

async function load(): Promise<typeof Palette> {
  loaded ??= (await import("./palette")).default;
  return loaded;
}

/** Fetches the scripts of the palette and of the dialogs when there is nothing better to do, so that no key waits for them. */
export function usePaletteSoon(): void {
  useEffect(() => {
    const soon = () => Promise.all([load(), import("../inbox/triage/dialog"), loadHeld()]).catch(() => {});
    const timer = setTimeout(() => void soon(), 800);
    return () => clearTimeout(timer);
  }, []);
}

type Props = Omit<ComponentProps<typeof Palette>, "typed">;

/**
 * The palette, as soon as its script is here; without a connection on the very first visit it closes again. What is
 * typed meanwhile is for it, and for no key of the inbox.
 */
export function LatePalette(props: Props) {
  const [Shown, setShown] = useState(() => loaded);
  const typed = useRef("");
  const { onClose } = props;
  // Ends as the palette takes over: no key falls in between.
  useLayoutEffect(() => {
    if (Shown) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") onClose();
      else if (event.key === "Backspace") typed.current = typed.current.slice(0, -1);
      else if (event.key.length === 1) typed.current += event.key;
    };
    window.addEventListener("keydown", onKey, true);
    load().then((it) => setShown(() => it), onClose);
    return () => window.removeEventListener("keydown", onKey, true);
  }, [Shown, onClose]);
  return Shown && <Shown {...props} typed={typed.current} />;
}
