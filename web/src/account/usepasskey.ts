import { useCallback, useEffect, useRef } from "react";
import { api, type Outcome } from "../api/client";
import { askPasskey, forgetPasskey, offersByItself } from "./passkey";

/** What became of signing in with a passkey. */
export type ByPasskey = Outcome<unknown> | { kind: "given_up" } | { kind: "failed" };

/** A challenge holds for five minutes: before that the browser is given another. */
const RENEW_MS = 4 * 60_000;

async function signIn(signal?: AbortSignal): Promise<ByPasskey> {
  const asked = await api.passkeyChallenge();
  if (asked.kind !== "done") return asked;
  const shown = await askPasskey(asked.value, signal);
  if (shown.kind !== "done") return shown.kind === "known" ? { kind: "failed" } : shown;
  const outcome = await api.signInByPasskey(shown.value);
  if (outcome.kind === "refused" && outcome.problem.code === "passkey_unknown")
    forgetPasskey(asked.value.rp_id, shown.value.id);
  return outcome;
}

/**
 * Signs in with a passkey when told to. Where the browser can, it offers them meanwhile in the field for the address; what the
 * person takes there comes to `onOffered`.
 */
export function usePasskey(onOffered: (outcome: ByPasskey) => void): () => Promise<ByPasskey> {
  const told = useRef(onOffered);
  told.current = onOffered;
  const offer = useRef<{ stop: () => void; begin: () => void }>({ stop: () => {}, begin: () => {} });
  useEffect(() => {
    let current: AbortController | null = null;
    const stop = () => current?.abort();
    const begin = async () => {
      stop();
      const mine = new AbortController();
      current = mine;
      if (!(await offersByItself()) || mine.signal.aborted) return;
      const outcome = await signIn(mine.signal);
      // Whether anything was offered at all is no news to the person.
      const isNews =
        outcome.kind === "done" || (outcome.kind === "refused" && outcome.problem.status === 401);
      if (!mine.signal.aborted && isNews) told.current(outcome);
    };
    offer.current = { stop, begin: () => void begin() };
    void begin();
    const renewing = setInterval(() => void begin(), RENEW_MS);
    return () => {
      clearInterval(renewing);
      stop();
    };
  }, []);
  return useCallback(async () => {
    // A browser asks for one passkey at a time.
    offer.current.stop();
    const outcome = await signIn();
    if (outcome.kind !== "done") offer.current.begin();
    return outcome;
  }, []);
}
