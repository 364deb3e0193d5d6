import { useCallback, useEffect, useRef, useState } from "react";
import { SignIn } from "./account/signin";
import { Starting } from "./account/starting";
import { InboxProvider } from "./inbox/context";
import { Screen } from "./inbox/screen";
import { type Opened, openInbox } from "./sync/open";

type State =
  | { name: "starting" }
  | { name: "signed_out"; hadSession: boolean }
  | Exclude<Opened, { kind: "signed_out" }>;

/** Either the inbox, or what stands before it. */
export function App() {
  const [state, setState] = useState<State>({ name: "starting" });
  const opening = useRef(false);

  /** Answers whether there is a session. */
  const open = useCallback(async (): Promise<boolean> => {
    // One opening at a time: a second one would be a second socket and a second courier.
    if (opening.current) return true;
    opening.current = true;
    const opened = await openInbox(() => setState({ name: "signed_out", hadSession: true }));
    opening.current = false;
    setState(opened.kind === "signed_out" ? { name: "signed_out", hadSession: false } : opened);
    return opened.kind !== "signed_out";
  }, []);

  useEffect(() => void open(), [open]);

  const inbox = "kind" in state && state.kind === "ready" ? state.inbox : null;
  useEffect(() => {
    if (!inbox) return;
    const wake = () => {
      if (document.visibilityState === "visible") inbox.wake();
    };
    const leave = () => inbox.drafts.rescue();
    window.addEventListener("pagehide", leave);
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("pagehide", leave);
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
    };
  }, [inbox]);

  if (inbox) {
    return (
      <InboxProvider value={inbox}>
        <Screen onSignedOut={() => setState({ name: "signed_out", hadSession: false })} />
      </InboxProvider>
    );
  }
  if ("kind" in state && state.kind === "unreachable") {
    return <Starting isUnreachable retryAfterMs={state.retryAfterMs} onTry={open} />;
  }
  if ("name" in state && state.name === "signed_out") {
    return <SignIn hadSession={state.hadSession} onSignedIn={open} />;
  }
  return <Starting isUnreachable={false} retryAfterMs={null} onTry={open} />;
}
