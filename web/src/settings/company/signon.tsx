import { type FormEvent, useRef, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { type IdentityProvider, type Role, type Staff, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Confirm, Copied, Fault, faultOf, Row, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

const NEW_ROLES: Role[] = ["admin", "agent", "trainee", "viewer"];
/** Stands for several teams in the list. */
const SEVERAL = "several";
const SELECT = "h-11 w-full rounded-lg border border-line-strong bg-raised px-3 text-base shadow-raised";

/** Where agents sign in at their company: set by owners, tried before it is set. */
export function SignOn() {
  const { it } = useSettingsWords();
  const [state, again] = useLoaded(settingsApi.singleSignOn);
  const [staff, staffAgain] = useLoaded(settingsApi.staff);
  const [isOpen, setOpen] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const ask = useAsk();
  return (
    <Section title={it.sso.title} lead={it.sso.lead}>
      <Shown state={state} onAgain={() => void again()}>
        {({ provider, return_address }) => (
          <>
            {!return_address && <p className="px-4 py-4 text-sm text-ink-faint">{it.sso.noName}</p>}
            {provider && (
              <Row
                title={provider.label}
                more={`${provider.issuer} · ${provider.only ? it.sso.isOnly : it.sso.isBeside}`}
              >
                <Button look="danger" onClick={() => setRemoving(true)}>
                  {it.sso.remove}
                </Button>
              </Row>
            )}
            {return_address && !isOpen && (
              <Row title={provider ? it.sso.change : it.sso.none}>
                <Button look={provider ? "line" : "solid"} onClick={() => setOpen(true)}>
                  {provider ? it.sso.change : it.sso.setUp}
                </Button>
              </Row>
            )}
            {return_address && isOpen && (
              <Shown state={staff} onAgain={() => void staffAgain()}>
                {(people) => (
                  <Form
                    provider={provider}
                    back={return_address}
                    people={people}
                    onDone={() => {
                      setOpen(false);
                      void again();
                    }}
                    onClose={() => setOpen(false)}
                  />
                )}
              </Shown>
            )}
          </>
        )}
      </Shown>
      {isRemoving && (
        <Confirm
          title={it.sso.remove}
          lead={it.sso.removeAsk}
          action={it.sso.remove}
          onDo={() => ask(settingsApi.removeSingleSignOn)}
          onClose={() => {
            setRemoving(false);
            void again();
          }}
        />
      )}
    </Section>
  );
}

function Form({
  provider,
  back,
  people,
  onDone,
  onClose,
}: {
  provider: IdentityProvider | null | undefined;
  back: string;
  people: Staff;
  onDone: () => void;
  onClose: () => void;
}) {
  const { it } = useSettingsWords();
  const ask = useAsk();
  const form = useRef<HTMLFormElement>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [isNew, setNew] = useState(Boolean(provider?.new_agents));
  const [isTrusted, setTrusted] = useState(provider?.trusts_addresses ?? false);
  const [isOnly, setOnly] = useState(provider?.only ?? false);
  // Several teams cannot be chosen here, and are not lost because somebody changes something else.
  const teams = provider?.new_agents?.team_ids ?? null;
  const severalTeams = teams && teams.length !== 1 ? teams : null;
  // An e-mail address is not enough to become them: where this is the only way in, they are out until they connected.
  const unconnected = people.agents.filter(
    ({ role, disabled_at, has_second_factor, has_identity }) =>
      !disabled_at && !has_identity && (role === "owner" || has_second_factor),
  );
  const owners = people.agents.filter(({ role, disabled_at }) => role === "owner" && !disabled_at);
  const read = () => {
    const data = new FormData(form.current ?? undefined);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    const secret = text("secret");
    const team = text("team");
    const team_ids = team === SEVERAL ? severalTeams : team ? [team] : null;
    return {
      issuer: text("issuer"),
      client_id: text("client"),
      ...(secret && { client_secret: secret }),
      label: text("label"),
      domains: text("domains")
        .split(/[\s,;]+/)
        .filter(Boolean),
      trusts_addresses: isTrusted,
      only: isOnly,
      ...(isNew && { new_agents: { role: text("role") as Role, ...(team_ids && { team_ids }) } }),
      ...(isOnly && { emergency_agent_id: text("emergency") }),
    };
  };
  const tryOut = async () => {
    const { issuer, client_id, client_secret } = read();
    setSaid(null);
    setFault(null);
    const body = { issuer, client_id, ...(client_secret && { client_secret }) };
    const outcome = await ask(() => settingsApi.trySingleSignOn(body));
    if (outcome.kind !== "done") return setFault(faultOf(outcome, it));
    const { fault: found, detail } = outcome.value;
    if (found) setFault(`${it.sso.faults[found]}${detail ? ` (${detail})` : ""}`);
    else setSaid(it.sso.works);
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSaid(null);
    const outcome = await ask(() => settingsApi.setSingleSignOn(read()));
    if (outcome.kind === "done") return onDone();
    if (outcome.kind === "given_up") return;
    const pointer = outcome.kind === "refused" ? outcome.problem.pointer?.split("/")[1] : undefined;
    const detail = outcome.kind === "refused" && outcome.problem.detail;
    const text = (pointer && it.sso.wrong[pointer]) || faultOf(outcome, it);
    setFault(text && detail ? `${text} (${detail})` : text);
  };
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} className="space-y-4 p-4" data-sign-on>
      <div>
        <p className="text-sm font-medium text-ink-soft">{it.sso.back_address}</p>
        <p className="text-sm text-ink-faint">{it.sso.backMore}</p>
        <div className="mt-1 flex flex-wrap items-center gap-2">
          <code className="min-w-0 flex-1 font-mono text-sm [overflow-wrap:anywhere]">{back}</code>
          <Copied text={back} label={it.sso.back_address} />
        </div>
      </div>
      <Field label={it.sso.label} name="label" required maxLength={60} defaultValue={provider?.label} />
      <Field
        label={it.sso.issuer}
        name="issuer"
        type="url"
        required
        placeholder="https://"
        defaultValue={provider?.issuer}
      />
      <Field label={it.sso.client} name="client" required defaultValue={provider?.client_id} />
      <Field
        label={provider ? it.sso.secretKept : it.sso.secret}
        name="secret"
        type="password"
        autoComplete="off"
        required={!provider}
      />
      <Field label={it.sso.domains} name="domains" defaultValue={provider?.domains.join(", ")} />
      <Switch
        name="trusts"
        isOn={isTrusted}
        label={it.sso.trusts}
        more={it.sso.trustsMore}
        onChange={setTrusted}
      />
      <Switch name="new" isOn={isNew} label={it.sso.newAgents} more={it.sso.newMore} onChange={setNew} />
      {isNew && (
        <div className="grid gap-4 pair:grid-cols-2">
          <Choice label={it.sso.role} name="role" value={provider?.new_agents?.role ?? "agent"}>
            {NEW_ROLES.map((role) => [role, it.people.roles[role]])}
          </Choice>
          <Choice label={it.sso.team} name="team" value={severalTeams ? SEVERAL : (teams?.[0] ?? "")}>
            {[
              ...(severalTeams ? [[SEVERAL, it.sso.severalTeams(severalTeams.length)] as const] : []),
              ["", it.people.allTeams] as const,
              ...people.teams.map(({ id, name }) => [id, name] as const),
            ]}
          </Choice>
        </div>
      )}
      <Switch name="only" isOn={isOnly} label={it.sso.only} more={it.sso.onlyMore} onChange={setOnly} />
      {isOnly && (
        <>
          <Choice
            label={it.sso.emergency}
            name="emergency"
            value={provider?.emergency_agent_id ?? ""}
            required
          >
            {[["", it.sso.choose] as const, ...owners.map(({ id, name }) => [id, name] as const)]}
          </Choice>
          {unconnected.length > 0 && (
            <p className="rounded-lg bg-warn-soft px-3.5 py-2.5 text-sm text-warn" data-unconnected>
              {it.sso.unconnected(unconnected.map(({ name }) => name).join(", "))}
            </p>
          )}
        </>
      )}
      <Fault text={fault} />
      {!fault && <Said text={said} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="line" size="normal" onClick={onClose}>
          {it.cancel}
        </Button>
        <Button look="line" size="normal" onClick={() => void tryOut()}>
          {it.sso.test}
        </Button>
        <Button type="submit" look="solid" size="normal">
          {it.sso.save}
        </Button>
      </div>
    </form>
  );
}

function Switch({
  name,
  isOn,
  label,
  more,
  onChange,
}: {
  name: string;
  isOn: boolean;
  label: string;
  more: string;
  onChange: (isOn: boolean) => void;
}) {
  return (
    <label className="flex items-start gap-3 text-sm">
      <input
        type="checkbox"
        name={name}
        className="mt-0.5 size-4.5 shrink-0"
        checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>
        <span className="block font-medium">{label}</span>
        <span className="block text-ink-faint">{more}</span>
      </span>
    </label>
  );
}

function Choice({
  label,
  name,
  value,
  required,
  children,
}: {
  label: string;
  name: string;
  value: string;
  required?: boolean;
  children: readonly (readonly [string, string])[];
}) {
  return (
    <label className="block text-sm font-medium text-ink-soft">
      <span className="mb-1.5 block">{label}</span>
      <select name={name} defaultValue={value} required={required} className={SELECT}>
        {children.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
