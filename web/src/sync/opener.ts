import type { Opened } from "./open";
import type { Endings } from "./world";

/** What is shown of an opening. */
export interface Shown extends Endings {
  opened: (opened: Opened) => void;
}

/**
 * Opens one inbox at a time: a second one would be a second socket and a second courier. What is opened answers whether there
 * is a session. An opening that fails, or whose session ends meanwhile, is over: whoever signs in then opens again.
 */
export function openerOf(open: (endings: Endings) => Promise<Opened>, shown: Shown): () => Promise<boolean> {
  let current: object | null = null;
  return async () => {
    if (current) return true;
    const mine = {};
    current = mine;
    const end = (then: () => void) => () => {
      if (current === mine) current = null;
      then();
    };
    // The browser's database may give way: tried again, as without a server.
    const opened = await open({ signedOut: end(shown.signedOut), replaced: end(shown.replaced) }).catch(
      () => ({ kind: "unreachable", retryAfterMs: null }) as const,
    );
    // The session ended meanwhile: what was opened is dead, and the page for signing in is not to be covered by it.
    if (current !== mine) return false;
    current = null;
    shown.opened(opened);
    return opened.kind !== "signed_out";
  };
}
