import { useState } from "react";
import { may } from "../../api/roles";
import { useInbox } from "../../inbox/context";
import { Avatar } from "../../ui/avatar";
import { Button } from "../../ui/button";
import { type Role, type StaffMember, settingsApi } from "../api";
import { type Answer, useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Ask, Confirm, Copied, Fault, faultOf, Row, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { InvitationList } from "./invitations";
import { TeamList } from "./teams";

type Deed = "disable" | "reset" | "disconnect";
type Asked = { deed: Deed; whom: StaffMember };

const ROLES = ["owner", "admin", "agent", "trainee", "viewer"] as const satisfies readonly Role[];

/** Who works here: roles, who is shut out, who is invited, and what is demanded of them. */
export default function People() {
  const { it } = useSettingsWords();
  const [staff, again] = useLoaded(settingsApi.staff);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [linked, setLinked] = useState<{ name: string; link: string } | null>(null);
  const ask = useAsk();
  const link = async ({ id, name }: StaffMember) => {
    const outcome = await ask(() => settingsApi.passwordLink(id));
    setFault(faultOf(outcome, it));
    if (outcome.kind === "done") setLinked({ name, link: `${location.origin}/join#${outcome.value.token}` });
  };
  const words: Record<
    Deed,
    { title: (name: string) => string; lead: (name: string) => string; action: string }
  > = {
    disable: { title: it.people.disableOf, lead: it.people.disableAsk, action: it.people.disable },
    reset: { title: it.people.resetOf, lead: it.people.resetAsk, action: it.people.reset },
    disconnect: {
      title: it.people.disconnectOf,
      lead: it.people.disconnectAsk,
      action: it.people.disconnect,
    },
  };
  const deeds = {
    disable: settingsApi.disable,
    reset: settingsApi.resetSecondFactor,
    disconnect: settingsApi.disconnect,
  };
  const act = async (deed: () => Promise<Answer<unknown>>) => {
    const outcome = await deed();
    const isLast = outcome.kind === "refused" && outcome.problem.code === "invalid_body";
    setFault(isLast ? it.people.lastAdmin : faultOf(outcome, it));
    await again();
    return outcome;
  };
  return (
    <>
      <Section title={it.people.title} lead={it.people.lead}>
        {fault && (
          <div className="p-3">
            <Fault text={fault} />
          </div>
        )}
        <Shown state={staff} onAgain={() => void again()}>
          {({ agents }) => (
            <ul className="divide-y divide-line">
              {agents.map((member) => (
                <Member
                  key={member.id}
                  member={member}
                  onRole={(role) => void act(() => ask(() => settingsApi.setRole(member.id, role)))}
                  onEnable={() => void act(() => ask(() => settingsApi.enable(member.id)))}
                  onAsk={(deed) => setAsked({ deed, whom: member })}
                  onLink={() => void link(member)}
                />
              ))}
            </ul>
          )}
        </Shown>
      </Section>
      {staff.name === "here" && <TeamList staff={staff.value} onChanged={again} />}
      <InvitationList teams={staff.name === "here" ? staff.value.teams : []} />
      <Rules />
      {asked && (
        <Confirm
          title={words[asked.deed].title(asked.whom.name)}
          lead={words[asked.deed].lead(asked.whom.name)}
          action={words[asked.deed].action}
          onDo={() => act(() => ask(() => deeds[asked.deed](asked.whom.id)))}
          onClose={() => setAsked(null)}
        />
      )}
      {linked && (
        <Ask
          title={it.people.passwordLinkOf(linked.name)}
          lead={it.people.passwordLinkMore(linked.name)}
          onClose={() => setLinked(null)}
        >
          <code
            data-link
            className="block rounded-xl border border-line bg-canvas p-3 font-mono text-sm [overflow-wrap:anywhere]"
          >
            {linked.link}
          </code>
          <div className="flex justify-end gap-2">
            <Copied text={linked.link} label={it.people.link} />
            <Button look="solid" onClick={() => setLinked(null)}>
              {it.done}
            </Button>
          </div>
        </Ask>
      )}
    </>
  );
}

function Member({
  member,
  onRole,
  onEnable,
  onAsk,
  onLink,
}: {
  member: StaffMember;
  onRole: (role: Role) => void;
  onEnable: () => void;
  onAsk: (deed: Deed) => void;
  onLink: () => void;
}) {
  const { it, format } = useSettingsWords();
  const me = useInbox().me;
  const { id, name, email, role, disabled_at } = member;
  const isMe = id === me.id;
  // Only owners make and unmake owners.
  const mayTouch = role !== "owner" || may(me.role, "own");
  const factor = member.has_second_factor ? it.people.withFactor : it.people.withoutFactor;
  const out = disabled_at ? it.people.out(format.day(new Date(disabled_at), new Date())) : null;
  return (
    <li data-agent={email}>
      <Row
        title={
          <span className="flex items-center gap-2.5">
            <Avatar id={id} name={name} size="small" />
            <bdi>{name}</bdi>
            {isMe && <span className="text-xs font-normal text-ink-faint">{it.people.you}</span>}
          </span>
        }
        more={[email, factor, member.has_identity && it.people.withIdentity, out].filter(Boolean).join(" · ")}
      >
        {disabled_at ? (
          <Button look="line" aria-label={it.people.enableOf(name)} onClick={onEnable}>
            {it.people.enable}
          </Button>
        ) : (
          <>
            <select
              aria-label={it.people.role(name)}
              title={it.people.means[role]}
              value={role}
              disabled={!mayTouch}
              onChange={(event) => onRole(event.target.value as Role)}
              className="h-8 rounded-lg border border-line-strong bg-surface px-2 text-sm text-ink disabled:text-ink-faint"
            >
              {ROLES.filter((one) => one !== "owner" || role === "owner" || may(me.role, "own")).map(
                (one) => (
                  <option key={one} value={one}>
                    {it.people.roles[one]}
                  </option>
                ),
              )}
            </select>
            {mayTouch && member.has_identity && (
              <Button aria-label={it.people.disconnectOf(name)} onClick={() => onAsk("disconnect")}>
                {it.people.disconnect}
              </Button>
            )}
            {!isMe && mayTouch && (
              <>
                <Button aria-label={it.people.passwordLinkOf(name)} onClick={onLink}>
                  {it.people.passwordLink}
                </Button>
                {member.has_second_factor && (
                  <Button aria-label={it.people.resetOf(name)} onClick={() => onAsk("reset")}>
                    {it.people.reset}
                  </Button>
                )}
                <Button look="danger" aria-label={it.people.disableOf(name)} onClick={() => onAsk("disable")}>
                  {it.people.disable}
                </Button>
              </>
            )}
          </>
        )}
      </Row>
    </li>
  );
}

function Rules() {
  const { it } = useSettingsWords();
  const [rules, again] = useLoaded(settingsApi.rules);
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const set = async (isOn: boolean) => {
    setFault(faultOf(await ask(() => settingsApi.setRules(isOn)), it));
    await again();
  };
  return (
    <Section title={it.people.rules}>
      <Shown state={rules} onAgain={() => void again()}>
        {({ second_factor_required }) => (
          <div className="space-y-3 p-4">
            <label className="flex items-start gap-3">
              <input
                type="checkbox"
                name="required"
                className="mt-0.5 size-4.5 shrink-0"
                checked={second_factor_required}
                onChange={(event) => void set(event.target.checked)}
              />
              <span>
                <span className="block text-sm font-medium">{it.people.require}</span>
                <span className="block text-sm text-ink-faint">{it.people.requireMore}</span>
              </span>
            </label>
            <Fault text={fault} />
          </div>
        )}
      </Shown>
    </Section>
  );
}
