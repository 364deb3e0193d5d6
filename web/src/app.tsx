import { useEffect, useState } from "react";
import { Starting } from "./account/starting";
import { InboxProvider } from "./inbox/context";
import { loadPane } from "./inbox/latepane";
import { Screen } from "./inbox/screen";
import { placeOf } from "./paths";
import { NewVersion } from "./pwa/newversion";
import { isKnownHere, type Opened, openInbox } from "./sync/open";
import { openerOf } from "./sync/opener";
import { Late, LatePage } from "./ui/late";

const signInPage = () => import("./account/signin");
const lockPage = () => import("./settings/lock");
const joinPage = () => import("./settings/join");
const ssoPage = () => import("./settings/sso");

/** Where an invitation leads; what opens the door stands behind `#`, which no browser sends. */
const isInvitation = () => location.pathname === "/join" && location.hash.length > 1;

/** Where the company's identity provider sends agents back to. */
const isReturn = () => location.pathname === "/sso" && location.search.length > 1;

type State =
  | { name: "starting" }
  | { name: "invited" }
  | { name: "returned" }
  | { name: "signed_out"; hadSession: boolean }
  | Exclude<Opened, { kind: "signed_out" }>;

/** Either the inbox, or what stands before it. */
export function App() {
  const [state, setState] = useState<State>(() => ({
    name: isInvitation() ? "invited" : isReturn() ? "returned" : "starting",
  }));
  const [open] = useState(() =>
    openerOf(openInbox, {
      opened: (opened) =>
        setState(opened.kind === "signed_out" ? { name: "signed_out", hadSession: false } : opened),
      signedOut: () => setState({ name: "signed_out", hadSession: true }),
      // Another agent's session, begun in another tab: nothing of this page is theirs.
      replaced: () => location.reload(),
    }),
  );

  useEffect(() => {
    if (isInvitation() || isReturn()) return;
    // What will be shown next is on its way while the server is asked who is signed in.
    if (!isKnownHere()) signInPage().catch(() => {});
    else if (placeOf(location.pathname).conversation) loadPane().catch(() => {});
    void open();
  }, [open]);

  const inbox = "kind" in state && state.kind === "ready" ? state.inbox : null;
  useEffect(() => {
    if (!inbox) return;
    const look = () => {
      if (document.visibilityState === "visible") inbox.wake();
      else void inbox.save();
    };
    const leave = () => inbox.leave();
    window.addEventListener("pagehide", leave);
    window.addEventListener("online", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      window.removeEventListener("pagehide", leave);
      window.removeEventListener("online", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [inbox]);

  return (
    <>
      <Stage
        state={state}
        onTry={open}
        onSignedOut={() => setState({ name: "signed_out", hadSession: false })}
        onLost={() => setState({ kind: "unreachable", retryAfterMs: null })}
      />
      <NewVersion />
    </>
  );
}

function Stage({
  state,
  onTry,
  onSignedOut,
  onLost,
}: {
  state: State;
  onTry: () => Promise<boolean>;
  onSignedOut: () => void;
  /** A script of the page could not be fetched. */
  onLost: () => void;
}) {
  if ("kind" in state && state.kind === "ready") {
    return (
      <InboxProvider value={state.inbox}>
        <Screen onSignedOut={onSignedOut} />
      </InboxProvider>
    );
  }
  if ("kind" in state && state.kind === "locked")
    return <Late panel={lockPage} props={{ onDone: () => void onTry(), onClose: onSignedOut }} />;
  if ("kind" in state) return <Starting isUnreachable retryAfterMs={state.retryAfterMs} onTry={onTry} />;
  if (state.name === "invited")
    return <Late panel={joinPage} props={{ onDone: () => void onTry(), onClose: onSignedOut }} />;
  if (state.name === "returned")
    return <Late panel={ssoPage} props={{ onDone: () => void onTry(), onClose: onSignedOut }} />;
  if (state.name === "signed_out")
    return (
      <LatePage
        script={signInPage}
        props={{ hadSession: state.hadSession, onSignedIn: onTry }}
        onLost={onLost}
      />
    );
  return <Starting isUnreachable={false} retryAfterMs={null} onTry={onTry} />;
}
