import { useEffect, useState, useSyncExternalStore } from "react";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { useInbox, useWatched } from "./context";

/** A line that comes back within this time was never away, for a person. */
const PATIENCE_MS = 1_200;

function listenToNetwork(onChange: () => void): () => void {
  window.addEventListener("online", onChange);
  window.addEventListener("offline", onChange);
  return () => {
    window.removeEventListener("online", onChange);
    window.removeEventListener("offline", onChange);
  };
}

/** Says when the server is away, and that nothing is lost by it. Never asks for a reload. */
export function LineBar() {
  const { words } = useWords();
  const line = useWatched("line", (inbox) => inbox.lineName());
  const unsent = useWatched("outbox", (inbox) => inbox.unsent());
  const isOffline = useSyncExternalStore(listenToNetwork, () => !navigator.onLine);
  const isAway = line === "opening" || line === "waiting";
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isAway) return setLate(false);
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isAway]);
  const isShown = (isAway && isLate) || line === "refused";
  return (
    <div role="status" className={isShown ? "bg-warn-soft" : ""}>
      {isShown && (
        <p
          data-line={line}
          className="flex flex-wrap items-center justify-center gap-x-2 px-4 py-1.5 text-center text-sm text-warn"
        >
          {line === "refused" ? (
            words.line.refused
          ) : (
            <>
              {isOffline ? (
                <Icon name="cloud" />
              ) : (
                <span className="size-3 animate-spin rounded-full border-2 border-current border-t-transparent" />
              )}
              <span className="font-semibold">
                {isOffline ? words.line.offline : words.line.reconnecting}
              </span>
              <span>{unsent > 0 ? words.line.unsent(unsent) : words.line.kept}</span>
            </>
          )}
        </p>
      )}
    </div>
  );
}

/** What needs the agent somewhere else than on the screen. */
export function HeldBar({ open, onShow }: { open: string | null; onShow: (conversation: string) => void }) {
  const { words } = useWords();
  const waiting = useWatched("outbox", (inbox) => inbox.decisions());
  const elsewhere = waiting.filter((conversation) => conversation !== open);
  const first = elsewhere[0];
  if (!first) return null;
  return (
    <div
      role="status"
      className="flex items-center justify-center gap-3 bg-danger-soft px-4 py-1 text-sm text-danger"
    >
      <Icon name="alert" />
      {words.held.inOther(elsewhere.length)}
      <Button look="danger" className="underline underline-offset-2" onClick={() => onShow(first)}>
        {words.held.show}
      </Button>
    </div>
  );
}

export function StorageBar() {
  const { words } = useWords();
  const inbox = useInbox();
  if (inbox.isLasting) return null;
  return (
    <p role="status" className="bg-warn-soft px-4 py-1.5 text-center text-sm text-warn">
      {words.line.notKept}
    </p>
  );
}
