import { useState } from "react";
import { type AppInfo, type StaffTeam, settingsApi } from "../api";
import { Ask } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { appWords } from "./appwords";
import { Deed } from "./deed";
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
