import { createContext, use, useCallback, useSyncExternalStore } from "react";
import type { Inbox } from "../sync/inbox";

const Context = createContext<Inbox | null>(null);

export const InboxProvider = Context;

export function useInbox(): Inbox {
  const inbox = use(Context);
  if (!inbox) throw new Error("the inbox is read inside <InboxProvider>");
  return inbox;
}

/** Reads something of the inbox, and again whenever `key` is touched. `read` must give the same value while nothing changed. */
export function useWatched<T>(key: string, read: (inbox: Inbox) => T): T {
  const inbox = useInbox();
  const listen = useCallback((onChange: () => void) => inbox.listen(key, onChange), [inbox, key]);
  return useSyncExternalStore(listen, () => read(inbox));
}
