import { type FormEvent, useState } from "react";
import type { Outcome } from "../../api/client";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { type PushKeyInfo, type PushOptions, type PushProvider, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Ask, Fault, faultOf, Row, Said, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { TestPush } from "./pushtest";
import { Secret } from "./secret";

const PROVIDERS = ["apns", "fcm", "web_push", "webhook"] as const satisfies readonly PushProvider[];

/** With what the phones of an app are woken, and what notifications say. */
export function Push({ app }: { app: string }) {
  const { it, format } = useSettingsWords();
  const [list, again] = useLoaded(() => settingsApi.pushKeys(app));
  const [asked, setAsked] = useState<PushProvider | null>(null);
  const [made, setMade] = useState<{ provider: "web_push" | "webhook"; value: string } | null>(null);
  const done = (provider: PushProvider, value: string | null) => {
    setAsked(null);
    if (value && (provider === "web_push" || provider === "webhook")) setMade({ provider, value });
    void again();
  };
  const row = (provider: PushProvider, known: PushKeyInfo | undefined) => {
    const name = it.push.providers[provider];
    const since = known && format.day(new Date(known.set_at), new Date());
    return (
      <Row
        key={provider}
        title={name}
        more={known && since ? it.push.set(known.label, since) : it.push.notSet}
      >
        <Button
          look="line"
          data-push={provider}
          aria-label={known ? it.push.replaceOf(name) : it.push.setUpOf(name)}
          onClick={() => setAsked(provider)}
        >
          {known ? it.push.replace : it.push.setUp}
        </Button>
      </Row>
    );
  };
  return (
    <div className="divide-y divide-line">
      <Row title={it.push.title} more={it.push.more} />
      <Shown state={list} onAgain={() => void again()}>
        {({ keys }) =>
          PROVIDERS.map((name) =>
            row(
              name,
              keys.find(({ provider }) => provider === name),
            ),
          )
        }
      </Shown>
      <TestPush app={app} />
      <Looks app={app} />
      {asked && (
        <SetUp
          app={app}
          provider={asked}
          onDone={(value) => done(asked, value)}
          onClose={() => setAsked(null)}
        />
      )}
      {made && (
        <Secret
          title={made.provider === "webhook" ? it.push.secret : it.push.publicKey}
          lead={made.provider === "webhook" ? it.push.secretMore : it.push.publicKeyMore}
          label={made.provider === "webhook" ? it.push.secret : it.push.publicKey}
          value={made.value}
          onClose={() => setMade(null)}
        />
      )}
    </div>
  );
}

/** What was sent as a form, as the server wants it; null: the file is no such key. */
async function send(app: string, provider: PushProvider, data: FormData): Promise<Outcome<unknown> | null> {
  const text = (name: string) => String(data.get(name)).trim();
  const file = data.get("file");
  const content = file instanceof File ? await file.text() : "";
  if (provider === "apns") {
    if (!content.includes("BEGIN PRIVATE KEY")) return null;
    const environment = text("environment") === "sandbox" ? "sandbox" : "production";
    const names = { key_id: text("key_id"), team_id: text("team_id"), topic: text("topic") };
    return settingsApi.setApns(app, { ...names, environment, private_key_pem: content });
  }
  if (provider === "fcm") {
    try {
      return await settingsApi.setFcm(app, JSON.parse(content));
    } catch {
      return null;
    }
  }
  if (provider === "web_push") return settingsApi.setWebPush(app, text("contact"));
  return settingsApi.setPushWebhook(app, text("url"));
}

/** What the answer has that is to be shown. */
function told(value: unknown): string | null {
  const { public_key, secret } = (value ?? {}) as { public_key?: string; secret?: string };
  return public_key ?? secret ?? null;
}

function SetUp({
  app,
  provider,
  onDone,
  onClose,
}: {
  app: string;
  provider: PushProvider;
  onDone: (value: string | null) => void;
  onClose: () => void;
}) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const ask = useAsk();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    if (isBusy) return;
    setBusy(true);
    let isKey = true;
    const outcome = await ask(async () => {
      const sent = await send(app, provider, data);
      isKey = sent !== null;
      return sent ?? { kind: "lost" as const, retryAfterMs: null };
    });
    setBusy(false);
    if (outcome.kind === "done") return onDone(told(outcome.value));
    const detail =
      outcome.kind === "refused" && outcome.problem.code === "invalid_body" && outcome.problem.detail;
    if (!isKey) setFault(it.push.notAKey);
    else setFault(detail ? `${it.push.wrong} ${detail}` : faultOf(outcome, it));
  };
  return (
    <Ask title={it.push.setUpOf(it.push.providers[provider])} lead={it.push[provider].lead} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="space-y-4">
        <Fault text={fault} />
        {provider === "apns" && <Apns />}
        {provider === "fcm" && (
          <Field label={it.push.fcm.file} name="file" type="file" accept=".json,application/json" required />
        )}
        {provider === "web_push" && (
          <Field
            label={it.push.web_push.field}
            name="contact"
            defaultValue="mailto:"
            required
            maxLength={200}
          />
        )}
        {provider === "webhook" && (
          <Field label={it.push.webhook.field} name="url" type="url" required maxLength={2000} />
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="line" size="normal" onClick={onClose}>
            {it.cancel}
          </Button>
          <Button type="submit" look="solid" size="normal" aria-disabled={isBusy}>
            {it.push.save}
          </Button>
        </div>
      </form>
    </Ask>
  );
}

function Apns() {
  const { it } = useSettingsWords();
  const words = it.push.apns;
  const [key, setKey] = useState("");
  // Apple names the file after the key.
  const named = (name: string | undefined) => /AuthKey_([A-Z0-9]{10})/.exec(name ?? "")?.[1];
  return (
    <>
      <Field
        label={words.file}
        name="file"
        type="file"
        accept=".p8,.pem"
        required
        onChange={(event) => setKey((before) => named(event.target.files?.[0]?.name) ?? before)}
      />
      <Field
        label={words.key_id}
        name="key_id"
        required
        maxLength={60}
        autoComplete="off"
        value={key}
        onChange={(event) => setKey(event.target.value)}
      />
      <Field label={words.team_id} name="team_id" required maxLength={60} autoComplete="off" />
      <Field label={words.topic} name="topic" required maxLength={200} autoComplete="off" />
      <Choice label={words.environment} name="environment" choices={words.environments} />
    </>
  );
}

function Choice<K extends string>({
  label,
  name,
  choices,
  value,
  onValue,
}: {
  label: string;
  name: string;
  choices: Record<K, string>;
  value?: K;
  onValue?: (value: K) => void;
}) {
  return (
    <label className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1.5 text-sm font-medium">
      {label}
      <select
        name={name}
        value={value}
        onChange={onValue && ((event) => onValue(event.target.value as K))}
        className="h-9 max-w-full rounded-lg border border-line-strong bg-raised px-2 text-sm text-ink"
      >
        {(Object.keys(choices) as K[]).map((choice) => (
          <option key={choice} value={choice}>
            {choices[choice]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What notifications say and how they look: kept with each choice. */
function Looks({ app }: { app: string }) {
  const { it } = useSettingsWords();
  const [options, again] = useLoaded(() => settingsApi.pushOptions(app));
  const [fault, setFault] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const ask = useAsk();
  const set = async (next: PushOptions) => {
    setSaved(false);
    const outcome = await ask(() => settingsApi.setPushOptions(app, next));
    setFault(faultOf(outcome, it));
    setSaved(outcome.kind === "done");
    await again();
  };
  return (
    <Shown state={options} onAgain={() => void again()}>
      {(now) => (
        <fieldset className="space-y-3 p-4">
          <legend className="sr-only">{it.push.looks}</legend>
          <Fault text={fault} />
          <Choice
            label={it.push.privacy}
            name="privacy"
            choices={it.push.privacies}
            value={now.privacy ?? "generic"}
            onValue={(privacy) => void set({ ...now, privacy })}
          />
          <Choice
            label={it.push.form}
            name="form"
            choices={it.push.forms}
            value={now.fcm_form ?? "data"}
            onValue={(fcm_form) => void set({ ...now, fcm_form })}
          />
          <Choice
            label={it.push.level}
            name="level"
            choices={it.push.levels}
            value={now.interruption_level ?? "active"}
            onValue={(interruption_level) => void set({ ...now, interruption_level })}
          />
          <Said text={isSaved ? it.push.saved : null} />
        </fieldset>
      )}
    </Shown>
  );
}
