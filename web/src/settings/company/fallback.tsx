import { type FormEvent, useState } from "react";
import type { Outcome } from "../../api/client";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { type Fallback as Rule, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Row, Said, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

type Way = Rule["way"] | "off";

/** The rule of an app; null where nobody is told in another way. */
async function ruleOf(app: string): Promise<Outcome<Rule | null>> {
  const outcome = await settingsApi.fallback(app);
  const isOff = outcome.kind === "refused" && outcome.problem.code === "not_found";
  return isOff ? { kind: "done", value: null } : outcome;
}

/** How users of an app are told of a message that none of their devices has after a while. */
export function Fallback({ app }: { app: string }) {
  const { it } = useSettingsWords();
  const [rule, again] = useLoaded(() => ruleOf(app));
  return (
    <div className="divide-y divide-line">
      <Row title={it.fallback.title} more={it.fallback.more} />
      <Shown state={rule} onAgain={() => void again()}>
        {(now) => <Form app={app} rule={now} onDone={again} />}
      </Shown>
    </div>
  );
}

function Form({ app, rule, onDone }: { app: string; rule: Rule | null; onDone: () => Promise<void> }) {
  const { it } = useSettingsWords();
  const [way, setWay] = useState<Way>(rule?.way ?? "off");
  const [fault, setFault] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const ask = useAsk();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setSaved(false);
    const link = String(data.get("link") ?? "").trim();
    const outcome =
      way === "off"
        ? await ask(() => settingsApi.stopFallback(app))
        : await ask(() =>
            settingsApi.setFallback(app, {
              way,
              after_minutes: Number(data.get("after")),
              pause_minutes: Number(data.get("pause")),
              ...(link && { link }),
            }),
          );
    const place = outcome.kind === "refused" ? outcome.problem.pointer : null;
    const known = { "/way": it.fallback.wrongWay[way], "/link": it.fallback.wrongLink }[place ?? ""];
    setFault(known ?? faultOf(outcome, it));
    setSaved(outcome.kind === "done");
    if (outcome.kind === "done") await onDone();
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="space-y-4 p-4" data-fallback>
      <Fault text={fault} />
      <label className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1.5 text-sm font-medium">
        {it.fallback.way}
        <select
          name="way"
          value={way}
          onChange={(event) => setWay(event.target.value as Way)}
          className="h-9 max-w-full rounded-lg border border-line-strong bg-raised px-2 text-sm text-ink"
        >
          {(Object.keys(it.fallback.ways) as Way[]).map((one) => (
            <option key={one} value={one}>
              {it.fallback.ways[one]}
            </option>
          ))}
        </select>
      </label>
      {way !== "off" && (
        <>
          <div className="grid gap-4 pair:grid-cols-2">
            <Minutes label={it.fallback.after} name="after" value={rule?.after_minutes ?? 15} />
            <Minutes label={it.fallback.pause} name="pause" value={rule?.pause_minutes ?? 60} />
          </div>
          <Field
            label={it.fallback.link}
            name="link"
            maxLength={2000}
            autoComplete="off"
            placeholder="https://app.example.com/messages/{conversation_id}"
            defaultValue={rule?.link ?? ""}
          />
        </>
      )}
      <div className="flex flex-wrap items-center justify-end gap-3">
        <Said text={isSaved ? it.fallback.saved : null} />
        <Button type="submit" look="line">
          {it.fallback.save}
        </Button>
      </div>
    </form>
  );
}

function Minutes({ label, name, value }: { label: string; name: string; value: number }) {
  return <Field label={label} name={name} type="number" min={1} max={10_080} required defaultValue={value} />;
}
