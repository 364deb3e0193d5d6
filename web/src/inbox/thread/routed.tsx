import { Icon } from "../../ui/icon";
import { type Language, useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";

const en = {
  wasAway: (name: string) => `${name} was away`,
  hoursEnded: (name: string) => `The hours ended; ${name} had it`,
  somebody: "Somebody",
  byRule: (rule: string) => `Assigned by the rule “${rule}”`,
  backToTeam: "Back with the team",
  took: (by: string) => `${by} took this on`,
  tookOver: (by: string, from: string) => `${by} took this over from ${from}`,
  gave: (by: string, to: string) => `${by} assigned this to ${to}`,
  gaveOn: (by: string, to: string, from: string) => `${by} assigned this to ${to}, who follows ${from}`,
  gaveBack: (by: string) => `${by} gave this back to the team`,
};

const fr: typeof en = {
  wasAway: (name) => `${name} était absent`,
  hoursEnded: (name) => `Les horaires ont pris fin ; ${name} l’avait`,
  somebody: "Quelqu’un",
  byRule: (rule) => `Attribuée par la règle « ${rule} »`,
  backToTeam: "De retour dans l’équipe",
  took: (by) => `${by} s’en charge`,
  tookOver: (by, from) => `${by} l’a reprise à ${from}`,
  gave: (by, to) => `${by} l’a attribuée à ${to}`,
  gaveOn: (by, to, from) => `${by} l’a attribuée à ${to}, à la suite de ${from}`,
  gaveBack: (by) => `${by} l’a rendue à l’équipe`,
};

export const routedWords: Record<Language, typeof en> = { en, fr };

/** Who gave it to whom, in words. */
function byHand(
  own: typeof en,
  to: string | null,
  by: string,
  from: string | null | undefined,
  nameOf: (agent: string) => string,
): string {
  if (!to) return own.gaveBack(nameOf(by));
  if (to === by) return from ? own.tookOver(nameOf(by), nameOf(from)) : own.took(nameOf(by));
  return from && from !== by
    ? own.gaveOn(nameOf(by), nameOf(to), nameOf(from))
    : own.gave(nameOf(by), nameOf(to));
}

/** Says how a conversation came to whom it is with. */
export default function RoutedLine({ conversation: id }: { conversation: string; onClose: () => void }) {
  const { language, format } = useWords();
  const own = routedWords[language];
  const conversation = useWatched(`conversation:${id}`, (it) => it.conversation(id));
  const { agents } = useInbox();
  const routed = conversation?.routed;
  if (!routed) return null;
  if (routed.by_agent_id) {
    const nameOf = (agent: string) => agents.get(agent)?.name ?? own.somebody;
    const said = byHand(
      own,
      conversation.assignee_id ?? null,
      routed.by_agent_id,
      routed.from_agent_id,
      nameOf,
    );
    return (
      <p data-routed className="flex items-center justify-center gap-1.5 py-3 text-xs text-ink-faint">
        <Icon name="person" size="small" />
        {said} ·{" "}
        <time dateTime={routed.at} className="numeric">
          {format.short(new Date(routed.at), new Date())}
        </time>
      </p>
    );
  }
  const named = (agent: string | null | undefined) => agent && (agents.get(agent)?.name ?? own.somebody);
  const [away, off] = [named(routed.away_agent_id), named(routed.off_agent_id)];
  return (
    <p data-routed className="flex items-center justify-center gap-1.5 py-3 text-xs text-ink-faint">
      <Icon name="person" size="small" />
      {[
        away && own.wasAway(away),
        off && own.hoursEnded(off),
        routed.rule ? own.byRule(routed.rule) : own.backToTeam,
      ]
        .filter(Boolean)
        .join(" · ")}
    </p>
  );
}
