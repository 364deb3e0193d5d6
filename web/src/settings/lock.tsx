import "./settings.css";
import { useState } from "react";
import { Mark } from "../account/mark";
import { hasPasskeys } from "../account/passkey";
import { api } from "../api/client";
import { Button } from "../ui/button";
import { useNewPasskey } from "./account/passkeys";
import { SetUp } from "./account/setup";
import { Deeds } from "./deeds";
import { Fault } from "./parts";
import { useSettingsWords } from "./words/useSettingsWords";

/** What stands before the inbox of an agent who lacks the second factor that their company requires. */
export default function Lock({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { it } = useSettingsWords();
  return (
    <main className="settings min-h-full">
      <div className="mx-auto w-full max-w-md px-5 py-10">
        <Mark />
        <h1 className="mt-6 text-2xl font-semibold tracking-tight">{it.lock.title}</h1>
        <p className="mt-1.5 mb-6 text-base text-ink-faint">{it.lock.lead}</p>
        <Deeds>
          {hasPasskeys() && <WithPasskey onDone={onDone} />}
          <SetUp onDone={onDone} onClose={onClose} />
        </Deeds>
        <Button className="mt-6" onClick={() => void api.signOut().then(onClose)}>
          {it.lock.signOut}
        </Button>
      </div>
    </main>
  );
}

function WithPasskey({ onDone }: { onDone: () => void }) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const make = useNewPasskey();
  const act = async () => {
    if (isBusy) return;
    setBusy(true);
    setFault(await make(onDone));
    setBusy(false);
  };
  return (
    <div className="mb-6 space-y-3 border-b border-line pb-6">
      <Fault text={fault} />
      <Button look="line" size="normal" className="w-full" aria-disabled={isBusy} onClick={() => void act()}>
        {it.lock.passkey}
      </Button>
      <p className="text-sm text-ink-faint">{it.lock.passkeyMore}</p>
      <p className="pt-2 text-sm font-medium">{it.lock.code}</p>
    </div>
  );
}
