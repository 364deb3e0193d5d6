import { type FormEvent, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { settingsApi } from "../api";
import { Fault, faultOf, Said, Section } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

/** Another password. */
export function Password({ onChanged }: { onChanged: () => void }) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const [isShort, setShort] = useState(false);
  const [isChanged, setChanged] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    if (isBusy) return;
    setBusy(true);
    setChanged(false);
    const outcome = await settingsApi.changePassword(String(data.get("current")), String(data.get("next")));
    setBusy(false);
    const unfit = outcome.kind === "refused" && outcome.problem.pointer === "/new";
    setShort(unfit);
    setFault(unfit ? null : faultOf(outcome, it));
    if (outcome.kind !== "done") return;
    form.reset();
    setChanged(true);
    onChanged();
  };
  return (
    <Section title={it.password.title} lead={it.password.lead}>
      <form onSubmit={(event) => void submit(event)} className="max-w-sm space-y-4 p-4">
        <Fault text={fault} />
        <Said text={isChanged ? it.password.changed : null} />
        <Field
          label={it.password.current}
          name="current"
          type="password"
          autoComplete="current-password"
          required
        />
        <Field
          label={it.password.next}
          name="next"
          type="password"
          autoComplete="new-password"
          required
          fault={isShort ? it.password.short : undefined}
        />
        <Button type="submit" look="line" size="normal" aria-disabled={isBusy}>
          {it.password.change}
        </Button>
      </form>
    </Section>
  );
}
