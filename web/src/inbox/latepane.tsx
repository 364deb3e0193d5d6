import { type ComponentProps, useCallback, useEffect, useState } from "react";
import { Button } from "../ui/button";
import { Empty } from "../ui/empty";
import { useWords } from "../words/words";
import type Pane from "./pane";

let loaded: typeof Pane | null = null;

/** Fetches the script of conversations: the list stands before it is there. */
export async function loadPane(): Promise<typeof Pane> {
  loaded ??= (await import("./pane")).default;
  return loaded;
}

/** One conversation, as soon as its script is here. */
export function LatePane(props: ComponentProps<typeof Pane>) {
  const { words } = useWords();
  const [Shown, setShown] = useState(() => loaded);
  const [isLost, setLost] = useState(false);
  const load = useCallback(() => {
    setLost(false);
    loadPane().then(
      (it) => setShown(() => it),
      () => setLost(true),
    );
  }, []);
  useEffect(() => {
    if (!Shown) load();
  }, [Shown, load]);
  if (Shown) return <Shown {...props} />;
  if (!isLost)
    return (
      <p role="status" className="flex h-full items-center justify-center text-sm text-ink-faint">
        {words.thread.loading}
      </p>
    );
  return (
    <Empty icon="alert" title={words.thread.failed}>
      <Button look="line" size="normal" onClick={load}>
        {words.list.retry}
      </Button>
    </Empty>
  );
}
