import type { ReactNode } from "react";
import type { FieldValue, TrailEntry, UserCard } from "../../api/types";
import { Icon } from "../../ui/icon";
import { useCopy } from "../../ui/useCopy";
import { useWords } from "../../words/words";
import { useMinute } from "../clock";
import { cityOf, factsOf, hourIn, newsIn, textOf } from "./context";
import { personWords } from "./words";

/** What time it is where they are, and where that is, as their phone said when they last wrote. */
export function TheirHour({ card }: { card: UserCard }) {
  const { language, format } = useWords();
  const it = personWords[language];
  const now = useMinute();
  const zone = card.trail?.find((entry) => entry.context.time_zone)?.context.time_zone;
  const hour = zone ? hourIn(format.locale, zone, new Date(now)) : null;
  if (!zone || !hour) return null;
  return (
    <p className="mt-2 flex items-start gap-1.5 text-sm" data-hour={zone}>
      <Icon name="clock" className="mt-0.5 text-ink-faint" />
      <span className="min-w-0 [overflow-wrap:anywhere]">
        {it.hour(hour)} <bdi>{cityOf(zone)}</bdi>
      </span>
    </p>
  );
}

/** What is said of them and of this conversation, and from where in the app they wrote. */
export function About({ card }: { card: UserCard }) {
  const { language } = useWords();
  const it = personWords[language];
  const ofThread = Object.entries(card.conversation_fields ?? {});
  const fields = card.fields ?? [];
  const trail = card.trail ?? [];
  if (fields.length + ofThread.length + trail.length === 0) {
    return (
      <Part title={it.fields}>
        <p className="py-1 text-sm text-ink-faint">{it.nothing}</p>
      </Part>
    );
  }
  return (
    <>
      {fields.length > 0 && (
        <Part title={it.fields}>
          <FieldRows>
            {fields.map((field) => (
              <FieldRow key={field.key} name={field.key} value={field.value} verified={field.verified} />
            ))}
          </FieldRows>
        </Part>
      )}
      {ofThread.length > 0 && (
        <Part title={it.conversationFields}>
          <FieldRows>
            {ofThread.map(([key, value]) => (
              <FieldRow key={key} name={key} value={value} />
            ))}
          </FieldRows>
        </Part>
      )}
      {trail.length > 0 && (
        <Part title={it.trail}>
          <ol className="divide-y divide-line">
            {trail.map((entry, place) => (
              <Entry key={entry.message_id ?? "opening"} entry={entry} before={trail[place + 1]} />
            ))}
          </ol>
        </Part>
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-5">
      <h3 className="mb-1 text-sm font-semibold">{title}</h3>
      {children}
    </section>
  );
}

const FieldRows = ({ children }: { children: ReactNode }) => (
  <dl className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-4 text-sm">{children}</dl>
);

function FieldRow({ name, value, verified }: { name: string; value: FieldValue; verified?: boolean }) {
  const { language, format } = useWords();
  const it = personWords[language];
  const text = textOf(value, it, format);
  return (
    <>
      <dt className="py-1 text-ink-faint [overflow-wrap:anywhere]">
        <bdi>{name}</bdi>
      </dt>
      <dd className="flex items-start gap-1.5 [overflow-wrap:anywhere]" data-field={name}>
        <bdi className="min-w-0 flex-1 whitespace-pre-line py-1">{text}</bdi>
        {verified !== undefined && (
          <span className="py-1" title={verified ? it.vouched : it.told}>
            <Icon
              name={verified ? "shield" : "phone"}
              className={verified ? "text-accent" : "text-ink-faint"}
            />
            <span className="sr-only">{verified ? it.vouched : it.told}</span>
          </span>
        )}
        <CopyValue name={name} text={text} />
      </dd>
    </>
  );
}

function CopyValue({ name, text }: { name: string; text: string }) {
  const { language } = useWords();
  const it = personWords[language];
  const [state, copy] = useCopy();
  return (
    <button
      type="button"
      aria-label={it.copy(name)}
      onClick={() => copy(text)}
      className="grid size-7 shrink-0 place-items-center rounded-md text-ink-faint hover:bg-hover hover:text-ink"
    >
      <Icon name={state === "copied" ? "check" : state === "failed" ? "alert" : "copy"} size="small" />
      <span role="status" className="sr-only">
        {state === "copied" ? it.copied : state === "failed" ? it.notCopied : ""}
      </span>
    </button>
  );
}

function Entry({ entry, before }: { entry: TrailEntry; before: TrailEntry | undefined }) {
  const { language, format } = useWords();
  const it = personWords[language];
  const { screen, visited } = entry.context;
  const facts = newsIn(factsOf(entry.context, it), before && factsOf(before.context, it));
  return (
    <li className="flex items-start gap-2.5 py-2 text-sm" data-trail={screen?.name ?? ""}>
      <Icon name={entry.message_id ? "pin" : "plus"} className="mt-0.5 text-ink-faint" />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <p className="font-medium">
          {screen
            ? entry.message_id
              ? it.wroteFrom
              : it.openedFrom
            : entry.message_id
              ? it.wrote
              : it.opened}
          {screen && <bdi>{screen.title ?? screen.name}</bdi>}
          {screen?.detail && (
            <>
              {" · "}
              <bdi>{screen.detail}</bdi>
            </>
          )}
        </p>
        {visited && visited.length > 0 && (
          <p className="text-ink-faint">
            {it.before}
            {visited.map((name, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same screen comes more than once, and none ever moves
              <span key={place}>
                {place > 0 && " › "}
                <bdi>{name}</bdi>
              </span>
            ))}
          </p>
        )}
        {facts.length > 0 && (
          <p className="text-ink-faint">
            {facts.map((fact, place) => (
              <span key={fact}>
                {place > 0 && " · "}
                <bdi>{fact}</bdi>
              </span>
            ))}
          </p>
        )}
      </div>
      <time dateTime={entry.at} title={format.full(new Date(entry.at))} className="shrink-0 text-ink-faint">
        {format.short(new Date(entry.at), new Date())}
      </time>
    </li>
  );
}
