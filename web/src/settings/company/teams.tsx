import { type ReactNode, useState } from "react";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { type StaffMember, type StaffTeam, settingsApi } from "../api";
import { type Answer, useAsk } from "../deeds";
import { Ask, Fault, faultOf, Row, Section } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { Field, INPUT } from "./rulefields";
import { teamWords } from "./teamwords";

interface Staff {
  agents: StaffMember[];
  teams: StaffTeam[];
}

/** The teams: makes one, gives it another name, says who is of it. */
export function TeamList({ staff, onChanged }: { staff: Staff; onChanged: () => Promise<void> }) {
  const { language } = useSettingsWords();
  const own = teamWords[language];
  const [asked, setAsked] = useState<StaffTeam | "new" | null>(null);
  const done = () => {
    setAsked(null);
    void onChanged();
  };
  return (
    <Section
      title={own.title}
      lead={own.lead}
      action={
        <Button look="line" onClick={() => setAsked("new")}>
          <Icon name="plus" />
          {own.add}
        </Button>
      }
    >
      {staff.teams.map((team) => (
        <div key={team.id} data-team={team.name}>
          <Row
            title={<bdi>{team.name}</bdi>}
            more={own.count(staff.agents.filter((one) => isOf(one, team)).length)}
          >
            <Button look="line" aria-label={own.changeOf(team.name)} onClick={() => setAsked(team)}>
              {own.change}
            </Button>
          </Row>
        </div>
      ))}
      {asked === "new" && <Make onDone={done} onClose={() => setAsked(null)} />}
      {asked && asked !== "new" && (
        <Change team={asked} agents={staff.agents} onDone={done} onClose={() => setAsked(null)} />
      )}
    </Section>
  );
}

const isOf = (one: StaffMember, team: StaffTeam) => !one.disabled_at && one.team_ids.includes(team.id);

function Make({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { language } = useSettingsWords();
  const own = teamWords[language];
  const [name, setName] = useState("");
  const ask = useAsk();
  return (
    <Ask title={own.add} lead={own.addLead} onClose={onClose}>
      <Form
        name={name}
        onName={setName}
        submit={own.make}
        onSubmit={() => ask(() => settingsApi.makeTeam(name.trim()))}
        onDone={onDone}
      />
    </Ask>
  );
}

function Change({
  team,
  agents,
  onDone,
  onClose,
}: {
  team: StaffTeam;
  agents: readonly StaffMember[];
  onDone: () => void;
  onClose: () => void;
}) {
  const { language } = useSettingsWords();
  const own = teamWords[language];
  const ask = useAsk();
  const [name, setName] = useState<string>(team.name);
  const [ids, setIds] = useState(
    () => new Set(agents.filter(({ team_ids }) => team_ids.includes(team.id)).map(({ id }) => id)),
  );
  const toggle = (id: string) => {
    const next = new Set(ids);
    if (!next.delete(id)) next.add(id);
    setIds(next);
  };
  const save = async (): Promise<Answer<unknown>> => {
    const called = name.trim();
    const named = called === team.name ? null : await ask(() => settingsApi.renameTeam(team.id, called));
    if (named && named.kind !== "done") return named;
    return ask(() => settingsApi.setTeamMembers(team.id, [...ids]));
  };
  return (
    <Ask title={own.changeOf(team.name)} lead={own.changeLead} onClose={onClose}>
      <Form name={name} onName={setName} submit={own.save} onSubmit={save} onDone={onDone}>
        <fieldset>
          <legend className="text-xs font-medium text-ink-soft">{own.members}</legend>
          <div className="mt-1 max-h-60 overflow-y-auto rounded-lg border border-line p-1">
            {agents
              .filter(({ id, disabled_at }) => !disabled_at || ids.has(id))
              .map(({ id, name: called, email }) => (
                <label
                  key={id}
                  className="flex min-h-9 items-center gap-3 rounded-md px-2 text-sm hover:bg-hover"
                >
                  <input
                    type="checkbox"
                    name={email}
                    className="size-4.5 shrink-0"
                    checked={ids.has(id)}
                    onChange={() => toggle(id)}
                  />
                  <bdi className="min-w-0 flex-1 truncate">{called}</bdi>
                </label>
              ))}
          </div>
        </fieldset>
      </Form>
    </Ask>
  );
}

function Form({
  name,
  onName,
  submit,
  onSubmit,
  onDone,
  children,
}: {
  name: string;
  onName: (name: string) => void;
  submit: string;
  onSubmit: () => Promise<Answer<unknown>>;
  onDone: () => void;
  children?: ReactNode;
}) {
  const { it, language } = useSettingsWords();
  const own = teamWords[language];
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const act = async () => {
    if (isBusy) return;
    if (!name.trim()) return setFault(own.noName);
    setBusy(true);
    const outcome = await onSubmit();
    setBusy(false);
    if (outcome.kind === "done") return onDone();
    const isTaken = outcome.kind === "refused" && outcome.problem.code === "already_exists";
    setFault(isTaken ? own.taken : faultOf(outcome, it));
  };
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        void act();
      }}
    >
      <Field label={own.name}>
        {(id) => (
          <input
            id={id}
            name="name"
            maxLength={60}
            value={name}
            onChange={(event) => onName(event.target.value)}
            className={INPUT}
          />
        )}
      </Field>
      {children}
      <Fault text={fault} />
      <div className="flex justify-end">
        <Button type="submit" look="solid" size="normal" aria-disabled={isBusy}>
          {submit}
        </Button>
      </div>
    </form>
  );
}
