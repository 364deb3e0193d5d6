import { type FormEvent, useState } from "react";
import type { Outcome } from "../../api/client";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { type Satisfaction as Rule, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Row, Said, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

/** The languages that a question can be written in here; others can be set by the admin API and stay. */
const LANGUAGES = ["en", "fr"] as const;

/** What the server asks by itself, shown where nothing else is written. */
const OURS = { en: "How was this conversation?", fr: "Comment s’est passé cet échange ?" };

/** The rule of an app; null where nobody is asked. */
async function ruleOf(app: string): Promise<Outcome<Rule | null>> {
  const outcome = await settingsApi.satisfaction(app);
  const isOff = outcome.kind === "refused" && outcome.problem.code === "not_found";
  return isOff ? { kind: "done", value: null } : outcome;
}

/** Whether users of an app are asked what they think after a conversation was closed. */
export function Satisfaction({ app }: { app: string }) {
  const { it } = useSettingsWords();
  const [rule, again] = useLoaded(() => ruleOf(app));
  return (
    <div className="divide-y divide-line">
      <Row title={it.satisfaction.title} more={it.satisfaction.more} />
      <Shown state={rule} onAgain={() => void again()}>
        {(now) => <Form app={app} rule={now} onDone={again} />}
      </Shown>
    </div>
  );
}

function Form({ app, rule, onDone }: { app: string; rule: Rule | null; onDone: () => Promise<void> }) {
  const { it } = useSettingsWords();
  const [isOn, setOn] = useState(rule !== null);
  const [fault, setFault] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const ask = useAsk();
  const kept = rule?.questions ?? [];
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setSaved(false);
    const written = LANGUAGES.map((language) => ({
      language,
      text: String(data.get(language) ?? "").trim(),
    })).filter(({ text }) => text !== "");
    const others = kept.filter(({ language }) => !LANGUAGES.some((one) => one === language));
    const outcome = isOn
      ? await ask(() =>
          settingsApi.setSatisfaction(app, {
            after_minutes: Number(data.get("after")),
            questions: [...written, ...others],
          }),
        )
      : await ask(() => settingsApi.stopSatisfaction(app));
    setFault(faultOf(outcome, it));
    setSaved(outcome.kind === "done");
    if (outcome.kind === "done") await onDone();
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="space-y-4 p-4" data-satisfaction>
      <Fault text={fault} />
      <label className="flex items-center gap-2.5 text-sm font-medium">
        <input
          type="checkbox"
          name="on"
          checked={isOn}
          onChange={(event) => setOn(event.target.checked)}
          className="size-4"
        />
        {it.satisfaction.on}
      </label>
      {isOn && (
        <>
          <Field
            label={it.satisfaction.after}
            name="after"
            type="number"
            min={0}
            max={1_440}
            required
            defaultValue={rule?.after_minutes ?? 10}
          />
          {LANGUAGES.map((language) => (
            <Field
              key={language}
              label={it.satisfaction.question[language]}
              name={language}
              lang={language}
              maxLength={240}
              autoComplete="off"
              placeholder={OURS[language]}
              defaultValue={kept.find((one) => one.language === language)?.text ?? ""}
            />
          ))}
          <p className="text-sm text-ink-faint">{it.satisfaction.answers}</p>
        </>
      )}
      <div className="flex flex-wrap items-center justify-end gap-3">
        <Said text={isSaved ? it.satisfaction.saved : null} />
        <Button type="submit" look="line" aria-label={`${it.satisfaction.save}: ${it.satisfaction.title}`}>
          {it.satisfaction.save}
        </Button>
      </div>
    </form>
  );
}
