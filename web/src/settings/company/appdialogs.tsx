import { type ReactNode, useState } from "react";
import { Button } from "../../ui/button";
import { type AppInfo, type StaffTeam, settingsApi } from "../api";
import { type Answer, useAsk } from "../deeds";
import { Ask, Fault, faultOf } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { appWords } from "./appwords";
import { Field, INPUT } from "./rulefields";

/** Makes an app, and says which team answers in it. */
export function MakeApp({
  teams,
  onDone,
  onClose,
}: {
  teams: readonly StaffTeam[];
  onDone: (name: string) => void;
  onClose: () => void;
}) {
  const { language } = useSettingsWords();
  const own = appWords[language];
  const [name, setName] = useState("");
  const [team, setTeam] = useState(teams[0]?.id ?? "");
  const called = name.trim();
  return (
    <Ask title={own.make} lead={own.makeLead} onClose={onClose}>
      <Deed
        action={own.submit}
        look="solid"
        wrong={called ? null : own.needName}
        onDo={() => settingsApi.makeApp({ name: called, ...(team ? { team_id: team } : {}) })}
        onDone={() => onDone(called)}
        onClose={onClose}
      >
        <NameField label={own.name} more={own.nameMore} value={name} onValue={setName} />
        {teams.length > 1 && (
          <Field label={own.team} more={own.teamMore}>
            {(id) => (
              <select
                id={id}
                name="team"
                aria-describedby={`${id}-more`}
                value={team}
                onChange={(event) => setTeam(event.target.value)}
                className={INPUT}
              >
                {teams.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
      </Deed>
    </Ask>
  );
}

/** Gives an app another name. */
export function RenameApp({
  app,
  onDone,
  onClose,
}: {
  app: AppInfo;
  onDone: (name: string) => void;
  onClose: () => void;
}) {
  const { language } = useSettingsWords();
  const own = appWords[language];
  const [name, setName] = useState<string>(app.name);
  const called = name.trim();
  return (
    <Ask title={own.renameOf(app.name)} onClose={onClose}>
      <Deed
        action={own.save}
        look="solid"
        wrong={called ? null : own.needName}
        onDo={() => settingsApi.renameApp(app.id, called)}
        onDone={() => onDone(called)}
        onClose={onClose}
      >
        <NameField label={own.name} more={own.nameMore} value={name} onValue={setName} />
      </Deed>
    </Ask>
  );
}

/** Shuts an app: whoever does that writes its name once more. */
export function ShutApp({ app, onDone, onClose }: { app: AppInfo; onDone: () => void; onClose: () => void }) {
  const { language } = useSettingsWords();
  const own = appWords[language];
  const [again, setAgain] = useState("");
  return (
    <Ask title={own.shutOf(app.name)} lead={own.shutLead} onClose={onClose}>
      <Deed
        action={own.shut}
        look="danger"
        wrong={null}
        isOff={again.trim() !== app.name.trim()}
        onDo={() => settingsApi.shutApp(app.id)}
        onDone={onDone}
        onClose={onClose}
      >
        <NameField label={own.again(app.name)} value={again} onValue={setAgain} />
      </Deed>
    </Ask>
  );
}

function NameField({
  label,
  more,
  value,
  onValue,
}: {
  label: string;
  more?: string;
  value: string;
  onValue: (value: string) => void;
}) {
  return (
    <Field label={label} {...(more ? { more } : {})}>
      {(id) => (
        <input
          id={id}
          name="app_name"
          maxLength={100}
          autoComplete="off"
          aria-describedby={more ? `${id}-more` : undefined}
          value={value}
          onChange={(event) => onValue(event.target.value)}
          className={INPUT}
        />
      )}
    </Field>
  );
}

function Deed({
  action,
  look,
  wrong,
  isOff = false,
  onDo,
  onDone,
  onClose,
  children,
}: {
  action: string;
  look: "solid" | "danger";
  /** Why it cannot be done yet; null: it can. */
  wrong: string | null;
  /** What is to be written is not written yet. */
  isOff?: boolean;
  onDo: () => Promise<Exclude<Answer<unknown>, { kind: "given_up" }>>;
  onDone: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const ask = useAsk();
  const act = async () => {
    if (isBusy || isOff) return;
    if (wrong) return setFault(wrong);
    setBusy(true);
    const outcome = await ask(onDo);
    setBusy(false);
    if (outcome.kind === "done") onDone();
    else setFault(faultOf(outcome, it));
  };
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        void act();
      }}
    >
      {children}
      <Fault text={fault} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="line" size="normal" onClick={onClose}>
          {it.cancel}
        </Button>
        <Button type="submit" look={look} size="normal" aria-disabled={isBusy || isOff}>
          {action}
        </Button>
      </div>
    </form>
  );
}
