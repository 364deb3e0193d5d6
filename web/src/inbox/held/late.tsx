import { type ComponentProps, useEffect, useState } from "react";
import type * as Panels from "./panels";

let loaded: typeof Panels | null = null;

/** Fetches the script of what waits: when there is nothing better to do, so that nobody waits for it. */
export async function loadHeld(): Promise<typeof Panels> {
  loaded ??= await import("./panels");
  return loaded;
}

function usePanels(): typeof Panels | null {
  const [panels, setPanels] = useState(() => loaded);
  useEffect(() => {
    if (!panels) loadHeld().then(setPanels, () => {});
  }, [panels]);
  return panels;
}

/** A reply that the server holds, as soon as its script is here. */
export function LateHeld(props: ComponentProps<typeof Panels.HeldView>) {
  const panels = usePanels();
  return panels ? <panels.HeldView {...props} /> : <div className="h-20" />;
}

/** What was written for a reply that went away. */
export function LateLeftOver(props: ComponentProps<typeof Panels.LeftOver>) {
  const panels = usePanels();
  return panels && <panels.LeftOver {...props} />;
}

/** Asks what to do with something that did not go out. */
export function LateDecision(props: ComponentProps<typeof Panels.Decision>) {
  const panels = usePanels();
  return panels && <panels.Decision {...props} />;
}
