import { useCallback, useEffect, useRef, useState } from "react";
import type { Outcome } from "../api/client";

export type Loaded<T> =
  | { name: "loading" }
  | { name: "here"; value: T }
  | { name: "refused"; code: string }
  | { name: "failed" };

/** What the server says, asked when a page of the settings opens; `again` asks anew and shows what is there meanwhile. */
export function useLoaded<T>(ask: () => Promise<Outcome<T>>): [Loaded<T>, () => Promise<void>] {
  const [state, setState] = useState<Loaded<T>>({ name: "loading" });
  const current = useRef(ask);
  const turn = useRef(0);
  current.current = ask;
  const again = useCallback(async () => {
    turn.current += 1;
    const mine = turn.current;
    const outcome = await current.current();
    if (mine !== turn.current) return;
    if (outcome.kind === "done") setState({ name: "here", value: outcome.value });
    else if (outcome.kind === "refused") setState({ name: "refused", code: outcome.problem.code });
    else setState((before) => (before.name === "here" ? before : { name: "failed" }));
  }, []);
  useEffect(() => void again(), [again]);
  return [state, again];
}
