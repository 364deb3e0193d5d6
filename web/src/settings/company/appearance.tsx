import { type FormEvent, useId, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { type AppearanceSettings, type AppInfo, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Row, Said, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { Logo } from "./logo";
import { type GreetingDraft, LANGUAGES, type LookDraft, lookDraftOf, lookOf, wrongLookOf } from "./lookdraft";
import { LookPreview } from "./lookpreview";
import { lookWords } from "./lookwords";
import { colourOf } from "./tones";

/** How an app looks to its users: the name they write to, a colour, a greeting, a logo; with two small phones that show it. */
export function Appearance({ app }: { app: AppInfo }) {
  const { language } = useSettingsWords();
  const own = lookWords[language];
  const [settings, again] = useLoaded(() => settingsApi.appearance(app.id));
  return (
    <div className="divide-y divide-line" data-appearance={app.id}>
      <Row title={own.title} more={own.more} />
      <Shown state={settings} onAgain={() => void again()}>
        {(now) => <Form app={app} settings={now} onDone={again} />}
      </Shown>
    </div>
  );
}

function Form({
  app,
  settings,
  onDone,
}: {
  app: AppInfo;
  settings: AppearanceSettings;
  onDone: () => Promise<void>;
}) {
  const { it, language } = useSettingsWords();
  const own = lookWords[language];
  const [draft, setDraft] = useState(() => lookDraftOf(settings, language));
  const [fault, setFault] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const ask = useAsk();
  const change = (more: Partial<LookDraft>) => {
    setDraft({ ...draft, ...more });
    setSaved(false);
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSaved(false);
    const wrong = wrongLookOf(draft);
    if (wrong) return setFault(own.wrong[wrong]);
    const outcome = await ask(() => settingsApi.setAppearance(app.id, lookOf(draft)));
    setFault(faultOf(outcome, it));
    setSaved(outcome.kind === "done");
    if (outcome.kind === "done") await onDone();
  };
  const name = draft.name.trim() || app.name;
  const logo = settings.logo
    ? `/inbox/v1/settings/apps/${app.id}/logo?sum=${settings.logo.slice(0, 12)}`
    : null;
  const greeting = draft.greetings.find(({ text }) => text.trim() !== "")?.text ?? "";
  return (
    <div className="space-y-5 p-4">
      <form onSubmit={(event) => void submit(event)} className="space-y-4">
        <Fault text={fault} />
        <div>
          <Field
            label={own.name}
            name="name"
            autoComplete="off"
            placeholder={app.name}
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
          />
          <p className="mt-1 text-sm text-ink-faint">{own.nameMore}</p>
        </div>
        <Accent accent={draft.accent} onAccent={(accent) => change({ accent })} />
        <Greetings greetings={draft.greetings} onGreetings={(greetings) => change({ greetings })} />
        <div className="flex flex-wrap items-center justify-end gap-3">
          <Said text={isSaved ? own.saved : null} />
          <Button type="submit" look="line" aria-label={`${own.save}: ${own.title}`}>
            {own.save}
          </Button>
        </div>
      </form>
      <Logo app={app.id} name={name} logo={logo} onDone={onDone} />
      <LookPreview shown={{ name, accent: colourOf(draft.accent), greeting, logo }} />
    </div>
  );
}

function Accent({ accent, onAccent }: { accent: string; onAccent: (accent: string) => void }) {
  const { language } = useSettingsWords();
  const own = lookWords[language];
  const colour = colourOf(accent);
  return (
    <div>
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-0 flex-1 basis-40">
          <Field
            label={own.accent}
            name="accent"
            autoComplete="off"
            spellCheck={false}
            value={accent}
            onChange={(event) => onAccent(event.target.value)}
          />
        </div>
        <input
          type="color"
          name="pick"
          aria-label={own.pick}
          value={colour ?? "#1a5e57"}
          onChange={(event) => onAccent(event.target.value)}
          className="h-11 w-14 cursor-pointer rounded-lg border border-line-strong bg-raised p-1"
        />
        {accent !== "" && (
          <Button look="line" size="normal" className="min-h-11" onClick={() => onAccent("")}>
            {own.noColour}
          </Button>
        )}
      </div>
      <p className="mt-1 text-sm text-ink-faint">{own.accentMore}</p>
    </div>
  );
}

function Greetings({
  greetings,
  onGreetings,
}: {
  greetings: readonly GreetingDraft[];
  onGreetings: (greetings: GreetingDraft[]) => void;
}) {
  const { language } = useSettingsWords();
  const own = lookWords[language];
  const id = useId();
  const set = (place: number, more: Partial<GreetingDraft>) =>
    onGreetings(greetings.map((one, at) => (at === place ? { ...one, ...more } : one)));
  return (
    <fieldset className="min-w-0 space-y-3">
      <legend className="text-sm font-medium text-ink-soft">{own.greetings}</legend>
      <p className="text-sm text-ink-faint">{own.greetingsMore}</p>
      {greetings.map((greeting, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a greeting is its place while its language is being written
        <div key={place} data-greeting={place} className="flex flex-wrap items-start gap-2">
          <input
            name="language"
            aria-label={own.language}
            title={own.language}
            value={greeting.language}
            list={`${id}-languages`}
            maxLength={35}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => set(place, { language: event.target.value })}
            className="h-11 w-24 rounded-lg border border-line-strong bg-raised px-3 text-base text-ink shadow-raised"
          />
          <textarea
            name="greeting"
            aria-label={own.text(greeting.language)}
            lang={greeting.language || undefined}
            value={greeting.text}
            maxLength={500}
            rows={2}
            onChange={(event) => set(place, { text: event.target.value })}
            className="min-w-0 flex-1 basis-56 rounded-lg border border-line-strong bg-raised px-3.5 py-2 text-base text-ink shadow-raised"
          />
          <Button
            size="icon"
            aria-label={own.removeLanguage(greeting.language)}
            onClick={() => onGreetings(greetings.filter((_, at) => at !== place))}
          >
            <Icon name="close" />
          </Button>
        </div>
      ))}
      <datalist id={`${id}-languages`}>
        {["en", "fr", "de", "es", "it", "nl", "pt", "pt-BR", "pl", "ar", "ja", "zh"].map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      {greetings.length < LANGUAGES && (
        <Button
          look="line"
          onClick={() =>
            onGreetings([...greetings, { language: greetings.length === 0 ? language : "", text: "" }])
          }
        >
          {own.addLanguage}
        </Button>
      )}
    </fieldset>
  );
}
