import { Icon } from "../../ui/icon";
import { type Language, useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";

const en = {
  wasAway: (name: string) => `${name} was away`,
  somebody: "Somebody",
  byRule: (rule: string) => `Assigned by the rule “${rule}”`,
  backToTeam: "Back with the team",
};

const fr: typeof en = {
  wasAway: (name) => `${name} était absent`,
  somebody: "Quelqu’un",
  byRule: (rule) => `Attribuée par la règle « ${rule} »`,
  backToTeam: "De retour dans l’équipe",
};

export const routedWords: Record<Language, typeof en> = { en, fr };

/** Says why a conversation is with whom it is, when that was by nobody's hand. */
export default function RoutedLine({ conversation: id }: { conversation: string; onClose: () => void }) {
  const { language } = useWords();
  const own = routedWords[language];
  const routed = useWatched(`conversation:${id}`, (it) => it.conversation(id)?.routed);
  const { agents } = useInbox();
  if (!routed) return null;
  const away = routed.away_agent_id && (agents.get(routed.away_agent_id)?.name ?? own.somebody);
  return (
    <p data-routed className="flex items-center justify-center gap-1.5 py-3 text-xs text-ink-faint">
      <Icon name="person" size="small" />
      {[away && own.wasAway(away), routed.rule ? own.byRule(routed.rule) : own.backToTeam]
        .filter(Boolean)
        .join(" · ")}
    </p>
  );
}
