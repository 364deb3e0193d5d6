import { useEffect, useRef, useState } from "react";
import { Button } from "../../ui/button";
import { settingsApi } from "../api";
import { Fault, faultOf } from "../parts";
import { PROOF, PROVED } from "../sso";
import { useSettingsWords } from "../words/useSettingsWords";

/** Proves who the agent is by signing in anew at the company's provider, in a window of its own. */
export function ByProvider({ label, onProved }: { label: string; onProved: () => void }) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const proved = useRef(onProved);
  proved.current = onProved;
  useEffect(() => {
    const channel = new BroadcastChannel(PROVED);
    channel.onmessage = () => proved.current();
    // The window may be gone before its message is; what it took out of the storage is heard of all the same.
    const look = ({ key, newValue }: StorageEvent) => {
      if (key === PROOF && newValue === null) proved.current();
    };
    window.addEventListener("storage", look);
    return () => {
      channel.close();
      window.removeEventListener("storage", look);
    };
  }, []);
  const begin = async () => {
    // Before anything is waited for: browsers open windows for a click, not for what comes after it.
    const opened = window.open("about:blank", "_blank");
    if (!opened) return setFault(it.sso.noWindow);
    const outcome = await settingsApi.proofAddress();
    if (outcome.kind !== "done") {
      opened.close();
      return setFault(faultOf(outcome, it) ?? it.refused);
    }
    const { address } = outcome.value;
    localStorage.setItem(PROOF, new URL(address).searchParams.get("state") ?? "");
    opened.opener = null;
    opened.location.replace(address);
    setFault(null);
  };
  return (
    <div className="space-y-3">
      <Fault text={fault} />
      <Button look="line" size="normal" className="w-full" onClick={() => void begin()}>
        {it.sso.use(label)}
      </Button>
      <p className="text-center text-sm text-ink-faint">{it.passkeys.or}</p>
    </div>
  );
}
