import { useEffect, useRef } from "react";
import { Button } from "../ui/button";
import { useWords } from "../words/words";
import { Mark } from "./mark";

/** Before the inbox stands: opening it, or waiting for a server that does not answer. */
export function Starting({
  isUnreachable,
  retryAfterMs,
  onTry,
}: {
  isUnreachable: boolean;
  retryAfterMs: number | null;
  onTry: () => Promise<unknown>;
}) {
  const { words } = useWords();
  const tries = useRef(0);
  useEffect(() => {
    if (!isUnreachable) return;
    let isOver = false;
    const again = async () => {
      if (isOver) return;
      tries.current++;
      await onTry();
      if (!isOver) timer = setTimeout(again, Math.random() * Math.min(30_000, 1_000 * 2 ** tries.current));
    };
    let timer = setTimeout(again, retryAfterMs ?? 500 + Math.random() * 1_500);
    const now = () => void onTry();
    window.addEventListener("online", now);
    return () => {
      isOver = true;
      clearTimeout(timer);
      window.removeEventListener("online", now);
    };
  }, [isUnreachable, retryAfterMs, onTry]);
  return (
    <main className="flex h-full flex-col items-center justify-center gap-4 p-6 text-center">
      <Mark />
      {isUnreachable ? (
        <>
          <div role="alert">
            <h1 className="text-lg font-semibold">{words.start.unreachable}</h1>
            <p className="mt-1 text-sm text-ink-faint">{words.start.unreachableMore}</p>
          </div>
          <Button look="line" size="normal" onClick={() => void onTry()}>
            {words.start.tryNow}
          </Button>
        </>
      ) : (
        <p className="text-sm text-ink-faint" role="status">
          {words.start.opening}
        </p>
      )}
    </main>
  );
}
