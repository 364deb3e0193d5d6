import "./settings.css";
import { type FormEvent, useState } from "react";
import { Mark } from "../account/mark";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { settingsApi } from "./api";
import { useLoaded } from "./loaded";
import { Fault, faultOf, Shown } from "./parts";
import { useSettingsWords } from "./words/useSettingsWords";

/** Where an invitation leads: a name, a password, and the inbox is open. Whoever is an agent already sets a password. */
export default function Join({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { it } = useSettingsWords();
  const [token] = useState(() => location.hash.slice(1));
  const [card, again] = useLoaded(() => settingsApi.invitation(token));
  const [isSet, setSet] = useState(false);
  const leave = (then: () => void) => {
    // What opened the door does not stay in the address.
    history.replaceState(null, "", "/");
    then();
  };
  return (
    <main className="settings min-h-full">
      <div className="mx-auto w-full max-w-md px-5 py-10">
        <Mark />
        {card.name === "refused" ? (
          <>
            <h1 className="mt-6 text-2xl font-semibold tracking-tight">{it.join.gone}</h1>
            <p className="mt-1.5 mb-6 text-base text-ink-faint">{it.join.goneMore}</p>
            <Button look="line" size="normal" onClick={() => leave(onClose)}>
              {it.join.signIn}
            </Button>
          </>
        ) : (
          <Shown state={card} onAgain={() => void again()}>
            {({ company, email, sets_password }) =>
              isSet ? (
                <>
                  <h1 className="mt-6 text-2xl font-semibold tracking-tight">{it.join.isSet}</h1>
                  <p className="mt-1.5 mb-6 text-base text-ink-faint">{it.join.isSetMore}</p>
                  <Button look="solid" size="normal" onClick={() => leave(onClose)}>
                    {it.join.signIn}
                  </Button>
                </>
              ) : (
                <>
                  <h1 className="mt-6 text-2xl font-semibold tracking-tight">
                    {sets_password ? it.join.setTitle : it.join.title(company)}
                  </h1>
                  <p className="mt-1.5 mb-6 text-base text-ink-faint">
                    {sets_password ? it.join.setLead(email) : it.join.lead(email)}
                  </p>
                  <Form
                    token={token}
                    email={email}
                    setsPassword={sets_password ?? false}
                    onDone={sets_password ? () => setSet(true) : () => leave(onDone)}
                  />
                </>
              )
            }
          </Shown>
        )}
      </div>
    </main>
  );
}

function Form({
  token,
  email,
  setsPassword,
  onDone,
}: {
  token: string;
  email: string;
  setsPassword: boolean;
  onDone: () => void;
}) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const [isShort, setShort] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    if (isBusy) return;
    setBusy(true);
    const password = String(data.get("password"));
    const outcome = setsPassword
      ? await settingsApi.setPassword({ token, password })
      : await settingsApi.join({ token, name: String(data.get("name")).trim(), password });
    setBusy(false);
    if (outcome.kind === "done") return onDone();
    const unfit = outcome.kind === "refused" && outcome.problem.pointer === "/password";
    setShort(unfit);
    setFault(unfit ? null : faultOf(outcome, it));
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="space-y-4">
      <Fault text={fault} />
      {/* So that a manager of passwords keeps it under the right name. */}
      <input type="hidden" name="email" autoComplete="username" value={email} />
      {!setsPassword && (
        <Field label={it.join.name} name="name" autoComplete="name" required maxLength={100} />
      )}
      <Field
        label={it.join.password}
        name="password"
        type="password"
        autoComplete="new-password"
        required
        fault={isShort ? it.password.short : undefined}
      />
      <Button type="submit" look="solid" size="normal" className="w-full" aria-disabled={isBusy}>
        {setsPassword ? it.join.setSubmit : it.join.submit}
      </Button>
    </form>
  );
}
