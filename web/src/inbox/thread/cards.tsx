import type { ReactNode } from "react";
import type { Part } from "../../api/types";
import { Icon, type IconName } from "../../ui/icon";
import { useWords } from "../../words/words";
import { DECLINED } from "./asked";
import { askWords } from "./askwords";
import { scoreOf } from "./rating";

type Of<T extends Part["type"]> = Extract<Part, { type: T }>;

/** What was offered to a person, or came back from them: apart from what was written freely. */
export function Card({ icon, title, children }: { icon: IconName; title: string; children: ReactNode }) {
  return (
    <div className="w-80 max-w-full overflow-hidden rounded-xl border border-line bg-raised">
      <p className="flex items-center gap-1.5 border-b border-line px-3 py-1.5 text-xs font-medium text-ink-faint">
        <Icon name={icon} size="small" />
        {title}
      </p>
      <div className="px-3 py-2.5">{children}</div>
    </div>
  );
}

export function ChoicesCard({ part }: { part: Of<"quick_replies"> }) {
  const { words } = useWords();
  return (
    <Card icon="choices" title={words.part.choices}>
      <ul aria-label={words.part.choices} className="flex flex-wrap gap-1.5">
        {part.options.map((option) => (
          <li
            key={option.id}
            className="max-w-full truncate rounded-full border border-accent-line px-2.5 py-0.5 text-sm text-accent"
          >
            <bdi>{option.label}</bdi>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function ChosenCard({ part }: { part: Of<"choice"> }) {
  const { words, language } = useWords();
  const score = scoreOf(part.option_id);
  if (score !== null) {
    return (
      <p data-rating={score} className="flex flex-wrap items-baseline gap-x-2 text-sm">
        <span className="text-ink-faint">{words.part.rating}</span>
        <bdi className="font-medium [overflow-wrap:anywhere]">{part.label}</bdi>
        <span className="numeric text-ink-faint">{words.part.score(score)}</span>
      </p>
    );
  }
  if (part.option_id === DECLINED) {
    return (
      <p data-declined className="flex items-center gap-1.5 text-sm">
        <Icon name="close" size="small" className="text-ink-faint" />
        <span className="text-ink-faint">{askWords[language].declined}</span>
        <bdi className="font-medium [overflow-wrap:anywhere]">{part.label}</bdi>
      </p>
    );
  }
  return (
    <p className="flex items-center gap-1.5 text-sm">
      <Icon name="check" size="small" className="text-accent" />
      <span className="text-ink-faint">{words.part.chosen}</span>
      <bdi className="font-medium [overflow-wrap:anywhere]">{part.label}</bdi>
    </p>
  );
}

export function FormCard({ part }: { part: Of<"form"> }) {
  const { words } = useWords();
  return (
    <Card icon="list" title={words.part.form}>
      <bdi className="block text-sm font-medium">{part.title}</bdi>
      <ul className="mt-1.5 space-y-1 text-sm">
        {part.fields.map((field) => (
          <li key={field.id} className="flex items-baseline gap-2">
            <bdi className="min-w-0 flex-1 [overflow-wrap:anywhere]">{field.label}</bdi>
            <span className="shrink-0 text-xs text-ink-faint">
              {words.part.fields[field.kind] ?? words.part.fields["text"]}
              {field.required && ` · ${words.part.required}`}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function AnswersCard({ part }: { part: Of<"answers"> }) {
  const { words } = useWords();
  return (
    <Card icon="check" title={words.part.answers}>
      <dl className="space-y-1.5 text-sm">
        {part.fields.map((field) => (
          <div key={field.field_id}>
            <dt className="text-xs text-ink-faint">
              <bdi>{field.label}</bdi>
            </dt>
            <dd className="[overflow-wrap:anywhere]">
              <bdi>{words.part.values[field.value] ?? field.value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
