import { type FormEvent, useState } from "react";
import { askPasskey, hasPasskeys } from "../../account/passkey";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { settingsApi } from "../api";
import { useLoaded } from "../loaded";
import { Ask, Fault, faultOf } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { ByProvider } from "./byprovider";

/** Six digits are a code; four groups of four are a recovery code; anything else is a password. */
export const isCode = (typed: string): boolean => {
  const plain = typed.replaceAll(/[\s-]/g, "").toLowerCase();
  return (
    /^[0-9]{6}$/.test(plain) ||
    (/^[0-9a-hjkmnp-tv-z]{4}([\s-][0-9a-hjkmnp-tv-z]{4}){3}$/i.test(typed.trim()) && plain.length === 16)
  );
};

/** The person says again who they are, before what is dangerous. */
export function Prove({ onProved, onClose }: { onProved: () => void; onClose: () => void }) {
  const { it } = useSettingsWords();
  const [account] = useLoaded(settingsApi.account);
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get("proof"));
    if (isBusy || !typed) return;
    setBusy(true);
    const outcome = await settingsApi.prove(isCode(typed) ? { code: typed } : { password: typed });
    setBusy(false);
    if (outcome.kind === "done") onProved();
    else setFault(faultOf(outcome, it) ?? it.refused);
  };
  const hasOne = hasPasskeys() && account.name === "here" && (account.value.passkeys ?? 0) > 0;
  return (
    <Ask title={it.prove.title} lead={it.prove.lead} onClose={onClose}>
      {account.name === "here" && account.value.provider?.is_connected && (
        <ByProvider label={account.value.provider.label} onProved={onProved} />
      )}
      {hasOne && <ByPasskey onProved={onProved} />}
      <form onSubmit={(event) => void submit(event)} className="space-y-4">
        <Field
          label={it.prove.either}
          name="proof"
          type="password"
          autoComplete="current-password"
          fault={fault}
          autoFocus
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="line" size="normal" onClick={onClose}>
            {it.cancel}
          </Button>
          <Button type="submit" look="solid" size="normal" aria-disabled={isBusy}>
            {it.prove.submit}
          </Button>
        </div>
      </form>
    </Ask>
  );
}

function ByPasskey({ onProved }: { onProved: () => void }) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const prove = async (): Promise<string | null> => {
    const asked = await settingsApi.proofChallenge();
    if (asked.kind !== "done") return faultOf(asked, it) ?? it.refused;
    const shown = await askPasskey(asked.value);
    if (shown.kind !== "done") return shown.kind === "failed" ? it.passkeys.failed : it.passkeys.givenUp;
    const outcome = await settingsApi.prove({ passkey: shown.value });
    if (outcome.kind !== "done") return faultOf(outcome, it) ?? it.refused;
    onProved();
    return null;
  };
  const act = async () => {
    if (isBusy) return;
    setBusy(true);
    setFault(await prove());
    setBusy(false);
  };
  return (
    <div className="space-y-3">
      <Fault text={fault} />
      <Button look="line" size="normal" className="w-full" aria-disabled={isBusy} onClick={() => void act()}>
        {it.passkeys.use}
      </Button>
      <p className="text-center text-sm text-ink-faint">{it.passkeys.or}</p>
    </div>
  );
}
