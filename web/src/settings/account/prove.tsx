import { type FormEvent, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { settingsApi } from "../api";
import { Ask, faultOf } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

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
  return (
    <Ask title={it.prove.title} lead={it.prove.lead} onClose={onClose}>
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
