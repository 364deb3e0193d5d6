import "./settings.css";
import { useEffect, useRef, useState } from "react";
import { Mark } from "../account/mark";
import { Button } from "../ui/button";
import { settingsApi } from "./api";
import { Fault, faultOf } from "./parts";
import { useSettingsWords } from "./words/useSettingsWords";

/** Under this key stands the `state` of a proof that goes on in a window of its own. */
export const PROOF = "tidings.proof";
/** On this channel that window says that it is done. */
export const PROVED = "tidings.proved";
/** Under this key stands the `state` of an account that is being connected. */
export const CONNECT = "tidings.connect";

type Errand = "sign_in" | "proof" | "connect";
type State =
  | { name: "busy" }
  | { name: "failed"; text: string; detail?: string | undefined }
  | { name: "done" };

/** For what the agent was sent to the provider; a `state` that nobody kept is a sign-in. */
function errandOf(state: string | null): Errand {
  if (state && localStorage.getItem(PROOF) === state) return "proof";
  return state && localStorage.getItem(CONNECT) === state ? "connect" : "sign_in";
}

/** Where the company's provider sends agents back to: signs them in, proves who they are for another window, or connects their account. */
export default function SingleSignOnReturn({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { it } = useSettingsWords();
  const [query] = useState(() => new URLSearchParams(location.search));
  const [errand] = useState(() => errandOf(query.get("state")));
  const [state, setState] = useState<State>({ name: "busy" });
  const begun = useRef(false);
  useEffect(() => {
    // A code counts once.
    if (begun.current) return;
    begun.current = true;
    // What came in the address does not stay in it.
    history.replaceState(null, "", "/sso");
    const fail = (text: string, detail?: string | null) =>
      setState({ name: "failed", text, detail: detail ?? undefined });
    const finish = async () => {
      const [code, sent, iss] = [query.get("code"), query.get("state"), query.get("iss")];
      if (!code || !sent) return fail(query.get("error") === "access_denied" ? it.sso.refused : it.sso.odd);
      const outcome = await finished(errand, { code, state: sent, ...(iss && { iss }) });
      if (outcome.kind === "signed_out") return fail(it.sso.ended);
      if (outcome.kind !== "done")
        return fail(
          faultOf(outcome, it) ?? it.refused,
          outcome.kind === "refused" ? outcome.problem.detail : null,
        );
      if (errand === "sign_in") {
        history.replaceState(null, "", "/");
        return onDone();
      }
      localStorage.removeItem(errand === "proof" ? PROOF : CONNECT);
      setState({ name: "done" });
      if (errand === "connect") return;
      const channel = new BroadcastChannel(PROVED);
      channel.postMessage("proved");
      channel.close();
      window.close();
    };
    void finish();
  }, [query, errand, it, onDone]);
  const leave = (then: () => void) => {
    history.replaceState(null, "", "/");
    then();
  };
  const done = errand === "connect" ? it.sso.connected : it.sso.proved;
  return (
    <main className="settings min-h-full">
      <div className="mx-auto w-full max-w-md px-5 py-10">
        <Mark />
        <h1 className="mt-6 mb-6 text-2xl font-semibold tracking-tight">
          {state.name === "failed" ? it.sso.failed : state.name === "done" ? done : it.sso.busy}
        </h1>
        {state.name === "done" && (
          <>
            <p className="text-base text-ink-faint">
              {errand === "connect" ? it.sso.connectedMore : it.sso.provedMore}
            </p>
            <Button look="line" size="normal" className="mt-6" onClick={() => leave(onDone)}>
              {it.sso.toInbox}
            </Button>
          </>
        )}
        {state.name === "failed" && (
          <>
            <Fault text={state.text} />
            {state.detail && (
              <p
                lang="en"
                className="mt-3 text-sm text-ink-faint [overflow-wrap:anywhere] first-letter:uppercase"
              >
                {state.detail}
              </p>
            )}
            <Button
              look="line"
              size="normal"
              className="mt-6"
              onClick={() => leave(errand === "sign_in" ? onClose : onDone)}
            >
              {errand === "sign_in" ? it.sso.back : it.sso.toInbox}
            </Button>
          </>
        )}
      </div>
    </main>
  );
}

function finished(errand: Errand, body: { code: string; state: string; iss?: string }) {
  if (errand === "proof") return settingsApi.prove({ provider: body });
  if (errand === "connect") return settingsApi.connectProvider(body);
  return settingsApi.signInByProvider(body);
}
