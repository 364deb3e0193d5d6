import { type ComponentProps, useEffect, useState } from "react";
import type Palette from "./palette";

let loaded: typeof Palette | null = null;

async function load(): Promise<typeof Palette> {
  loaded ??= (await import("./palette")).default;
  return loaded;
}

/** Fetches the scripts of the palette and of the dialogs when there is nothing better to do, so that no key waits for them. */
export function usePaletteSoon(): void {
  useEffect(() => {
    const soon = () => Promise.all([load(), import("../inbox/triage/dialog")]).catch(() => {});
    const timer = setTimeout(() => void soon(), 800);
    return () => clearTimeout(timer);
  }, []);
}

/** The palette, as soon as its script is here; without a connection on the very first visit it closes again. */
export function LatePalette(props: ComponentProps<typeof Palette>) {
  const [Shown, setShown] = useState(() => loaded);
  const { onClose } = props;
  useEffect(() => {
    if (!Shown) load().then((it) => setShown(() => it), onClose);
  }, [Shown, onClose]);
  return Shown && <Shown {...props} />;
}
