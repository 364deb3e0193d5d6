import { createContext, type ReactNode, use, useCallback, useRef, useState } from "react";
import type { Outcome } from "../api/client";
import { Prove } from "./account/prove";

/** `given_up`: the person did not want it after all. */
export type Answer<T> = Outcome<T> | { kind: "given_up" };
type Ask = <T>(deed: () => Promise<Outcome<T>>) => Promise<Answer<T>>;

const Context = createContext<Ask | null>(null);

/** Does something; where the server wants a fresh proof of who asks, the person is asked first and it is done again. */
export function useAsk(): Ask {
  const ask = use(Context);
  if (!ask) throw new Error("deeds are done inside <Deeds>");
  return ask;
}

export function Deeds({ children }: { children: ReactNode }) {
  const [isAsking, setAsking] = useState(false);
  const answer = useRef<(proved: boolean) => void>(() => {});
  const ask: Ask = useCallback(async (deed) => {
    const outcome = await deed();
    if (outcome.kind !== "refused" || outcome.problem.code !== "proof_needed") return outcome;
    setAsking(true);
    const proved = await new Promise<boolean>((resolve) => {
      answer.current = resolve;
    });
    setAsking(false);
    return proved ? deed() : { kind: "given_up" };
  }, []);
  return (
    <Context value={ask}>
      {children}
      {isAsking && <Prove onProved={() => answer.current(true)} onClose={() => answer.current(false)} />}
    </Context>
  );
}
