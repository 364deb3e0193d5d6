// How long the server holds a reply before it goes out, so that it can be had back. Kept in this browser.

export const HOLDS = [0, 5, 10, 30] as const;
/** Seconds; 0: replies go out at once. */
export type Hold = (typeof HOLDS)[number];

const KEPT = "tidings.hold";
const USUAL: Hold = 5;

export function keptHold(): Hold {
  const kept = localStorage.getItem(KEPT);
  return HOLDS.find((hold) => String(hold) === kept) ?? USUAL;
}

export function keepHold(hold: Hold): void {
  if (hold === USUAL) localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, String(hold));
}
