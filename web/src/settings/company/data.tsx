import { type FormEvent, useState } from "react";
import { Button } from "../../ui/button";
import { type AppInfo, type Retention, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Row, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { OneUser } from "./oneuser";

/** What is kept for how long, and everything about one user: handed out, or erased. */
export default function Data() {
  const { it } = useSettingsWords();
  const [rules, again] = useLoaded(settingsApi.retention);
  const [apps, appsAgain] = useLoaded(settingsApi.apps);
  return (
    <>
      <Section title={it.data.kept} lead={it.data.keptMore}>
        <Shown state={apps} onAgain={() => void appsAgain()}>
          {({ apps }) => (
            <Shown state={rules} onAgain={() => void again()}>
              {(now) => (
                <>
                  <Kept app={null} rules={now} onDone={again} />
                  {apps.map((app) => (
                    <Kept key={app.id} app={app} rules={now} onDone={again} />
                  ))}
                </>
              )}
            </Shown>
          )}
        </Shown>
      </Section>
      <Section title={it.data.user} lead={it.data.userMore}>
        <Shown state={apps} onAgain={() => void appsAgain()}>
          {({ apps }) => <OneUser apps={apps} />}
        </Shown>
      </Section>
    </>
  );
}

type Choice = "ever" | "days";

/** How long messages are kept: of all apps, or of one. */
function Kept({
  app,
  rules,
  onDone,
}: {
  app: AppInfo | null;
  rules: Retention;
  onDone: () => Promise<void>;
}) {
  const { it } = useSettingsWords();
  const own = app ? rules.apps.find(({ app_id }) => app_id === app.id)?.message_days : rules.message_days;
  const [choice, setChoice] = useState<Choice>(own ? "days" : "ever");
  const [fault, setFault] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const ask = useAsk();
  const words = app
    ? { ever: it.data.asAll, days: it.data.forDays }
    : { ever: it.data.ever, days: it.data.forDays };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const days = Number(new FormData(event.currentTarget).get("days"));
    setSaved(false);
    const outcome = await ask(() =>
      settingsApi.setRetention({
        ...(app && { app_id: app.id }),
        ...(choice === "days" && { message_days: days }),
      }),
    );
    setFault(faultOf(outcome, it));
    setSaved(outcome.kind === "done");
    if (outcome.kind === "done") await onDone();
  };
  const name = app?.name ?? it.data.all;
  return (
    <form onSubmit={(event) => void submit(event)} data-kept={app?.id ?? "all"}>
      <Row title={name} more={isSaved ? <Said text={it.data.saved} /> : undefined}>
        <select
          name="choice"
          aria-label={it.data.keptOf(name)}
          value={choice}
          onChange={(event) => setChoice(event.target.value as Choice)}
          className="h-9 max-w-full rounded-lg border border-line-strong bg-raised px-2 text-sm text-ink"
        >
          {(Object.keys(words) as Choice[]).map((one) => (
            <option key={one} value={one}>
              {words[one]}
            </option>
          ))}
        </select>
        {choice === "days" && (
          <input
            name="days"
            type="number"
            min={1}
            max={36_500}
            required
            defaultValue={own ?? 730}
            aria-label={it.data.daysOf(name)}
            className="numeric h-9 w-24 rounded-lg border border-line-strong bg-raised px-2 text-sm text-ink"
          />
        )}
        <Button type="submit" look="line" aria-label={it.data.saveOf(name)}>
          {it.data.save}
        </Button>
      </Row>
      {fault && (
        <div className="px-4 pb-3">
          <Fault text={fault} />
        </div>
      )}
    </form>
  );
}
