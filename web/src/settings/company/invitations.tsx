import { type FormEvent, useState } from "react";
import { may } from "../../api/roles";
import { useInbox } from "../../inbox/context";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { type Role, type StaffTeam, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Ask, Copied, Fault, faultOf, Row, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

const ROLES = ["agent", "trainee", "viewer", "admin", "owner"] as const satisfies readonly Role[];

/** Who is invited. */
export function InvitationList({ teams }: { teams: readonly StaffTeam[] }) {
  const { it, format } = useSettingsWords();
  const [list, again] = useLoaded(settingsApi.invitations);
  const [isInviting, setInviting] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const revoke = async (id: string) => {
    setFault(faultOf(await ask(() => settingsApi.revokeInvitation(id)), it));
    await again();
  };
  return (
    <Section
      title={it.people.invitations}
      lead={it.people.invitationsLead}
      action={
        <Button look="solid" onClick={() => setInviting(true)}>
          {it.people.invite}
        </Button>
      }
    >
      <Shown state={list} onAgain={() => void again()}>
        {({ invitations }) =>
          invitations.length === 0 ? (
            <p className="px-4 py-4 text-sm text-ink-faint">{it.people.none}</p>
          ) : (
            invitations.map(({ id, email, role, agent_id, expires_at }) => (
              <Row
                key={id}
                title={email}
                more={`${agent_id ? it.people.passwordLink : it.people.roles[role]} · ${it.people.until(format.day(new Date(expires_at), new Date()))}`}
              >
                <Button look="line" aria-label={it.people.revokeOf(email)} onClick={() => void revoke(id)}>
                  {it.people.revoke}
                </Button>
              </Row>
            ))
          )
        }
      </Shown>
      {fault && (
        <div className="p-3">
          <Fault text={fault} />
        </div>
      )}
      {isInviting && (
        <Invite
          teams={teams}
          onClose={() => {
            setInviting(false);
            void again();
          }}
        />
      )}
    </Section>
  );
}

function Invite({ teams, onClose }: { teams: readonly StaffTeam[]; onClose: () => void }) {
  const { it } = useSettingsWords();
  const ask = useAsk();
  const me = useInbox().me;
  const [made, setMade] = useState<{ email: string; link: string } | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [role, setRole] = useState<Role>("agent");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const email = String(data.get("email")).trim();
    const picked = data.getAll("team").map(String);
    const team_ids = picked.length > 0 && picked.length < teams.length ? picked : undefined;
    const outcome = await ask(() => settingsApi.invite({ email, role, ...(team_ids && { team_ids }) }));
    if (outcome.kind === "done") setMade({ email, link: `${location.origin}/join#${outcome.value.token}` });
    else setFault(faultOf(outcome, it));
  };
  if (made) {
    return (
      <Ask title={it.people.link} lead={it.people.linkMore(made.email)} onClose={onClose}>
        <code
          data-link
          className="block rounded-xl border border-line bg-canvas p-3 font-mono text-sm [overflow-wrap:anywhere]"
        >
          {made.link}
        </code>
        <div className="flex justify-end gap-2">
          <Copied text={made.link} label={it.people.link} />
          <Button look="solid" onClick={onClose}>
            {it.done}
          </Button>
        </div>
      </Ask>
    );
  }
  return (
    <Ask title={it.people.invite} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="space-y-4">
        <Fault text={fault} />
        <Field label={it.people.email} name="email" type="email" required autoComplete="off" />
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium text-ink-soft">{it.people.roleLabel}</legend>
          <div className="divide-y divide-line rounded-xl border border-line">
            {ROLES.filter((one) => one !== "owner" || may(me.role, "own")).map((one) => (
              <label key={one} className="flex cursor-pointer items-start gap-3 px-3 py-2 hover:bg-hover">
                <input
                  type="radio"
                  name="role"
                  className="mt-0.5 size-4 shrink-0"
                  checked={role === one}
                  onChange={() => setRole(one)}
                />
                <span className="text-sm">
                  <span className="block font-medium">{it.people.roles[one]}</span>
                  <span className="block text-ink-faint">{it.people.means[one]}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        {teams.length > 1 && (
          <fieldset>
            <legend className="mb-1.5 text-sm font-medium text-ink-soft">{it.people.teams}</legend>
            {teams.map((team) => (
              <label key={team.id} className="flex min-h-8 items-center gap-2.5 text-sm">
                <input type="checkbox" name="team" value={team.id} defaultChecked className="size-4" />
                {team.name}
              </label>
            ))}
          </fieldset>
        )}
        <Button type="submit" look="solid" size="normal" className="w-full">
          {it.people.make}
        </Button>
      </form>
    </Ask>
  );
}
