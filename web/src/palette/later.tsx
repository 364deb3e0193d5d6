import { type ComponentProps, useEffect, useState } from "react";
import type Palette from "./palette";

let loaded: typeof Palette | null = null;

async function load(): Promise<typeof Palette> {
  loaded ??= (await import("./palette")).default;
  return loaded;
}

/** Fetches the palette's script when there is nothing better to do, so that no key waits for it. */
export function usePaletteSoon(): void {
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => {}), 800);
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
