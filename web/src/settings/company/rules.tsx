import { useId, useState } from "react";
import type { Outcome } from "../../api/client";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { type AppInfo, type AssignmentRules, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { draftOf, emptyRule, moved, type RuleDraft, rulesOf, wrongOf } from "./ruledraft";
import { RuleFields } from "./rulefields";
import { ruleWords } from "./rulewords";
import { TalentList } from "./talents";
import { Trial } from "./trial";

interface Start {
  rules: AssignmentRules;
  apps: readonly AppInfo[];
}

async function start(): Promise<Outcome<Start>> {
  const [rules, apps] = await Promise.all([settingsApi.assignmentRules(), settingsApi.apps()]);
  if (rules.kind !== "done") return rules;
  if (apps.kind !== "done") return apps;
  return { kind: "done", value: { rules: rules.value, apps: apps.value.apps } };
}

/** By which rules conversations come to agents, and what agents can. */
export default function RulesPage() {
  const [state, again] = useLoaded(start);
  return (
    <>
      <Shown state={state} onAgain={() => void again()}>
        {(value) => <Editor start={value} />}
      </Shown>
      <TalentList />
    </>
  );
}

/** A key that stays with a rule while it moves. */
let lastKey = 0;
const keyed = (rule: RuleDraft) => {
  lastKey += 1;
  return { key: lastKey, rule };
};

function Editor({ start: { rules: kept, apps } }: { start: Start }) {
  const { it, language } = useSettingsWords();
  const own = ruleWords[language];
  const [rules, setRules] = useState(() => draftOf(kept).rules.map(keyed));
  const [returnAfter, setReturnAfter] = useState(() => draftOf(kept).returnAfter);
  const [fault, setFault] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const [tried, setTried] = useState<AssignmentRules | null>(null);
  const ask = useAsk();
  const field = useId();
  const draft = { rules: rules.map(({ rule }) => rule), returnAfter };
  const change = (next: typeof rules) => {
    setRules(next);
    setFault(null);
    setSaved(false);
  };
  const checked = (): AssignmentRules | null => {
    const wrong = wrongOf(draft);
    setFault(wrong && own.wrong[wrong]);
    return wrong ? null : rulesOf(draft);
  };
  const save = async () => {
    const body = checked();
    if (!body) return;
    const outcome = await ask(() => settingsApi.setAssignmentRules(body));
    setFault(faultOf(outcome, it));
    setSaved(outcome.kind === "done");
  };
  return (
    <Section
      title={own.title}
      lead={own.lead}
      action={
        <Button look="line" onClick={() => change([...rules, keyed(emptyRule)])}>
          <Icon name="plus" />
          {own.add}
        </Button>
      }
    >
      {rules.length === 0 && <p className="px-4 py-5 text-sm text-ink-faint">{own.none}</p>}
      {rules.map(({ key, rule }, place) => (
        <RuleFields
          key={key}
          rule={rule}
          place={place}
          isLast={place === rules.length - 1}
          apps={apps}
          onRule={(next) => change(rules.map((one) => (one.key === key ? { key, rule: next } : one)))}
          onMove={(by) => change(moved(rules, place, by))}
          onRemove={() => change(rules.filter((one) => one.key !== key))}
        />
      ))}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
        <label htmlFor={field} className="min-w-0 flex-1 basis-64">
          <span className="block text-sm font-medium">{own.returnAfter}</span>
          <span className="block text-sm text-ink-faint">{own.returnAfterMore}</span>
        </label>
        <input
          id={field}
          name="return_after"
          inputMode="numeric"
          value={returnAfter}
          onChange={(event) => {
            setReturnAfter(event.target.value);
            setSaved(false);
          }}
          className="h-9 w-20 rounded-lg border border-line-strong bg-raised px-2 text-sm text-ink"
        />
      </div>
      <div className="flex flex-wrap items-center gap-3 p-4">
        <Button look="solid" size="normal" onClick={() => void save()}>
          {own.save}
        </Button>
        <Button look="line" size="normal" onClick={() => setTried(checked())}>
          {own.tryIt}
        </Button>
        <Fault text={fault} />
        <Said text={isSaved ? own.saved : null} />
      </div>
      {tried && <Trial key={JSON.stringify(tried)} rules={tried} />}
    </Section>
  );
}
