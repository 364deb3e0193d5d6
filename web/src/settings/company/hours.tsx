import { useId, useMemo, useState } from "react";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { type StaffTeam, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import {
  type Draft,
  draftOf,
  hoursOf,
  isBackwards,
  nextSpan,
  office,
  type Span,
  WEEKDAYS,
  type Weekday,
  wrongOf,
} from "./draft";

/** When each team answers, by the clock of its place. */
export default function Hours() {
  const [staff, again] = useLoaded(settingsApi.staff);
  return (
    <Shown state={staff} onAgain={() => void again()}>
      {({ teams }) => teams.map((team) => <Team key={team.id} team={team} />)}
    </Shown>
  );
}

const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function Team({ team }: { team: StaffTeam }) {
  const { it } = useSettingsWords();
  const [draft, setDraft] = useState<Draft | null>(() => (team.hours ? draftOf(team.hours) : null));
  const [fault, setFault] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const ask = useAsk();
  const change = (next: Draft | null) => {
    setDraft(next);
    setFault(null);
    setSaved(false);
  };
  const save = async () => {
    const wrong = draft && wrongOf(draft);
    if (wrong) return setFault(it.hours.wrong[wrong]);
    const outcome = await ask(() => settingsApi.setHours(team.id, draft && hoursOf(draft)));
    setFault(faultOf(outcome, it));
    setSaved(outcome.kind === "done");
  };
  const name = useId();
  return (
    <Section title={team.name} lead={it.hours.lead}>
      <fieldset className="flex flex-wrap gap-x-6 gap-y-2 p-4" data-hours={team.name}>
        <legend className="sr-only">{it.hours.when}</legend>
        {([null, draft ?? office(here())] as const).map((choice) => (
          <label
            key={choice ? "hours" : "always"}
            className="flex min-h-6 items-center gap-2 text-sm font-medium"
          >
            <input
              type="radio"
              name={name}
              className="size-4 accent-accent"
              checked={(choice === null) === (draft === null)}
              onChange={() => change(choice)}
            />
            {choice ? it.hours.byHours : it.hours.always}
          </label>
        ))}
      </fieldset>
      {draft && <Zone zone={draft.zone} onZone={(zone) => change({ ...draft, zone })} />}
      {draft && <Week draft={draft} onDraft={change} />}
      {draft && <Holidays draft={draft} onDraft={change} />}
      {draft && <AtTheEnd draft={draft} onDraft={change} />}
      <div className="flex flex-wrap items-center gap-3 p-4">
        <Button look="solid" size="normal" onClick={() => void save()}>
          {it.hours.save}
        </Button>
        <Fault text={fault} />
        <Said text={isSaved ? it.hours.saved : null} />
      </div>
    </Section>
  );
}

const INPUT =
  "h-9 rounded-lg border border-line-strong bg-raised px-2 text-sm text-ink aria-invalid:border-danger";

function Zone({ zone, onZone }: { zone: string; onZone: (zone: string) => void }) {
  const { it } = useSettingsWords();
  const id = useId();
  const zones = useMemo(
    () => [...new Set(["UTC", zone, here(), ...Intl.supportedValuesOf("timeZone")])].sort(),
    [zone],
  );
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <label htmlFor={id} className="min-w-0 flex-1 basis-52 text-sm font-medium">
        {it.hours.zone}
      </label>
      <select
        id={id}
        value={zone}
        onChange={(event) => onZone(event.target.value)}
        className={`${INPUT} max-w-full`}
      >
        {zones.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}

function Week({ draft, onDraft }: { draft: Draft; onDraft: (draft: Draft) => void }) {
  const { it, language } = useSettingsWords();
  const set = (day: Weekday, spans: Span[]) => onDraft({ ...draft, week: { ...draft.week, [day]: spans } });
  const names = useMemo(() => {
    const format = new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" });
    // The first of January 2024 was a Monday.
    return WEEKDAYS.map((_, index) => format.format(Date.UTC(2024, 0, 1 + index)));
  }, [language]);
  return WEEKDAYS.map((day, index) => {
    const [name, spans] = [names[index] ?? day, draft.week[day]];
    const one = (place: number, span: Span) => spans.map((kept, at) => (at === place ? span : kept));
    return (
      <fieldset key={day} data-day={day} className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3">
        <legend className="sr-only">{name}</legend>
        <span aria-hidden className="w-28 pt-2 text-sm font-medium first-letter:uppercase">
          {name}
        </span>
        <div className="flex min-w-0 flex-1 basis-52 flex-col gap-2">
          {spans.length === 0 && <p className="pt-2 text-sm text-ink-faint">{it.hours.nobody}</p>}
          {spans.map((span, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a span has no name but its place
            <div key={place} className="flex flex-wrap items-center gap-2 text-sm">
              <Clock
                label={it.hours.from(name)}
                span={span}
                value={span.from}
                onValue={(from) => set(day, one(place, { ...span, from }))}
              />
              <span aria-hidden>–</span>
              <Clock
                label={it.hours.until(name)}
                span={span}
                value={span.until}
                onValue={(until) => set(day, one(place, { ...span, until }))}
              />
              <Button
                size="icon"
                aria-label={it.hours.remove(name, span.from)}
                onClick={() => set(day, spans.toSpliced(place, 1))}
              >
                <Icon name="close" />
              </Button>
            </div>
          ))}
        </div>
        <Button aria-label={it.hours.addOn(name)} onClick={() => set(day, [...spans, nextSpan(spans)])}>
          <Icon name="plus" />
          {it.hours.add}
        </Button>
      </fieldset>
    );
  });
}

function Clock({
  label,
  span,
  value,
  onValue,
}: {
  label: string;
  span: Span;
  value: string;
  onValue: (value: string) => void;
}) {
  return (
    <input
      type="time"
      aria-label={label}
      aria-invalid={isBackwards(span)}
      value={value}
      onChange={(event) => onValue(event.target.value)}
      className={INPUT}
    />
  );
}

function Holidays({ draft, onDraft }: { draft: Draft; onDraft: (draft: Draft) => void }) {
  const { it } = useSettingsWords();
  const set = (holidays: Draft["holidays"]) => onDraft({ ...draft, holidays });
  const one = (place: number, change: Partial<Draft["holidays"][number]>) =>
    set(draft.holidays.map((kept, at) => (at === place ? { ...kept, ...change } : kept)));
  return (
    <fieldset data-holidays className="px-4 py-3">
      <legend className="sr-only">{it.hours.holidays}</legend>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span aria-hidden className="text-sm font-medium">
          {it.hours.holidays}
        </span>
        <Button onClick={() => set([...draft.holidays, { date: "", name: "" }])}>
          <Icon name="plus" />
          {it.hours.addHoliday}
        </Button>
      </div>
      {draft.holidays.map(({ date, name }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a day that is being written has no name but its place
        <div key={place} className="mt-2 flex flex-wrap items-center gap-2">
          <input
            type="date"
            aria-label={it.hours.date}
            value={date}
            onChange={(event) => one(place, { date: event.target.value })}
            className={INPUT}
          />
          <input
            aria-label={it.hours.holiday}
            placeholder={it.hours.holiday}
            value={name}
            maxLength={60}
            onChange={(event) => one(place, { name: event.target.value })}
            className={`${INPUT} min-w-0 flex-1 basis-40`}
          />
          <Button
            size="icon"
            aria-label={it.hours.removeHoliday(name || date)}
            onClick={() => set(draft.holidays.toSpliced(place, 1))}
          >
            <Icon name="close" />
          </Button>
        </div>
      ))}
    </fieldset>
  );
}

/** Whether what waits goes back to the team when the hours end. */
function AtTheEnd({ draft, onDraft }: { draft: Draft; onDraft: (draft: Draft) => void }) {
  const { it } = useSettingsWords();
  const about = useId();
  return (
    <div className="px-4 py-3" data-hands-back>
      <label className="flex min-h-6 items-center gap-2 text-sm font-medium">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={draft.handsBack}
          aria-describedby={about}
          onChange={(event) => onDraft({ ...draft, handsBack: event.target.checked })}
        />
        {it.hours.handsBack}
      </label>
      <p id={about} className="mt-1 ml-6 text-sm text-ink-soft">
        {it.hours.handsBackAbout}
      </p>
    </div>
  );
}
