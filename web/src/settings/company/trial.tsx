import { useInbox } from "../../inbox/context";
import { type AssignmentRules, type RulesTrial, settingsApi } from "../api";
import { useLoaded } from "../loaded";
import { Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { ruleWords } from "./rulewords";

/** What rules would have done with the last 100 conversations. */
export function Trial({ rules }: { rules: AssignmentRules }) {
  const { language } = useSettingsWords();
  const own = ruleWords[language];
  const [state, again] = useLoaded(() => settingsApi.tryAssignmentRules(rules));
  return (
    <div className="p-4" data-trial>
      <h3 className="text-sm font-semibold">{own.trial}</h3>
      <p className="text-sm text-ink-faint">{own.trialMore}</p>
      <Shown state={state} onAgain={() => void again()}>
        {({ conversations }) =>
          conversations.length === 0 ? (
            <p className="mt-3 text-sm text-ink-faint">{own.trialNone}</p>
          ) : (
            <Tried rules={rules} conversations={conversations} />
          )
        }
      </Shown>
    </div>
  );
}

function Tried({
  rules,
  conversations,
}: {
  rules: AssignmentRules;
  conversations: RulesTrial["conversations"];
}) {
  const { language, format } = useSettingsWords();
  const own = ruleWords[language];
  const inbox = useInbox();
  const counts = [...rules.rules.map(({ name }) => name), null].map((name) => ({
    name,
    count: conversations.filter(({ rule }) => (rule ?? null) === name).length,
  }));
  return (
    <>
      <ul className="mt-3 flex flex-wrap gap-2 text-sm">
        {counts.map(({ name, count }) => (
          <li key={name ?? ""} className="rounded-full bg-hover px-3 py-1" data-tried={name ?? ""}>
            {own.byRule(name ?? own.noRule, count)}
          </li>
        ))}
      </ul>
      <ul
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by the keyboard
        tabIndex={0}
        aria-label={own.trial}
        className="mt-3 max-h-72 divide-y divide-line overflow-y-auto rounded-lg border border-line text-sm"
      >
        {conversations.map(({ conversation_id, opened_at, user_name, rule, agent_ids }) => (
          <li key={conversation_id} className="flex flex-wrap items-baseline gap-x-3 px-3 py-2">
            <span className="numeric text-xs text-ink-faint">
              {format.short(new Date(opened_at), new Date())}
            </span>
            <bdi className="min-w-0 flex-1 basis-32 truncate">{user_name ?? own.somebody}</bdi>
            <span className="text-ink-soft">
              {rule ?? own.noRule} → {agent_ids[0] ? inbox.agents.get(agent_ids[0])?.name : own.team}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
