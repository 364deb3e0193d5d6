import { type ReactNode, useId } from "react";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import type { AppInfo } from "../api";
import { useSettingsWords } from "../words/useSettingsWords";
import type { RuleDraft } from "./ruledraft";
import { ruleWords } from "./rulewords";

export const INPUT =
  "mt-1 block h-9 w-full min-w-0 rounded-lg border border-line-strong bg-raised px-2 text-sm text-ink";

/** One rule: what it is called, when it fits, who gets what it fits. */
export function RuleFields({
  rule,
  place,
  isLast,
  apps,
  onRule,
  onMove,
  onRemove,
}: {
  rule: RuleDraft;
  place: number;
  isLast: boolean;
  apps: readonly AppInfo[];
  onRule: (rule: RuleDraft) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}) {
  const { language } = useSettingsWords();
  const own = ruleWords[language];
  const name = rule.name.trim() || own.rule(place + 1);
  const set = (change: Partial<RuleDraft>) => onRule({ ...rule, ...change });
  return (
    <fieldset data-rule={place} className="min-w-0 px-4 py-4">
      <legend className="sr-only">{name}</legend>
      <div className="flex items-end gap-2">
        <Field label={own.name}>
          {(id) => (
            <input
              id={id}
              name="name"
              value={rule.name}
              maxLength={60}
              placeholder={own.rule(place + 1)}
              onChange={(event) => set({ name: event.target.value })}
              className={`${INPUT} font-medium`}
            />
          )}
        </Field>
        <Button size="icon" aria-label={own.up(name)} disabled={place === 0} onClick={() => onMove(-1)}>
          <Icon name="up" />
        </Button>
        <Button size="icon" aria-label={own.down(name)} disabled={isLast} onClick={() => onMove(1)}>
          <Icon name="down" />
        </Button>
        <Button size="icon" aria-label={own.remove(name)} onClick={onRemove}>
          <Icon name="close" />
        </Button>
      </div>
      <p className="mt-3 text-xs font-semibold text-ink-faint">{own.when}</p>
      <div className="mt-1 grid gap-3 pair:grid-cols-2">
        <Field label={own.apps}>
          {(id) => (
            <select
              id={id}
              value={rule.apps[0] ?? ""}
              onChange={(event) => set({ apps: event.target.value ? [event.target.value] : [] })}
              className={INPUT}
            >
              <option value="">{own.anyApp}</option>
              {apps.map((app) => (
                <option key={app.id} value={app.id}>
                  {app.name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={own.hours}>
          {(id) => (
            <select
              id={id}
              value={rule.hours}
              onChange={(event) => set({ hours: event.target.value as RuleDraft["hours"] })}
              className={INPUT}
            >
              <option value="any">{own.anyHours}</option>
              <option value="open">{own.open}</option>
              <option value="closed">{own.closed}</option>
            </select>
          )}
        </Field>
        <Field label={own.languages} more={own.languagesMore}>
          {(id) => (
            <input
              id={id}
              name="languages"
              aria-describedby={`${id}-more`}
              value={rule.languages}
              onChange={(event) => set({ languages: event.target.value })}
              className={INPUT}
            />
          )}
        </Field>
        <Field label={own.tags} more={own.tagsMore}>
          {(id) => (
            <input
              id={id}
              name="tags"
              aria-describedby={`${id}-more`}
              value={rule.tags}
              onChange={(event) => set({ tags: event.target.value })}
              className={INPUT}
            />
          )}
        </Field>
      </div>
      <p className="mt-3 text-xs font-semibold text-ink-faint">{own.deed}</p>
      <div className="mt-1 grid gap-3 pair:grid-cols-2">
        <Field label={own.to}>
          {(id) => (
            <select
              id={id}
              name="to"
              value={rule.to}
              onChange={(event) => set({ to: event.target.value as RuleDraft["to"] })}
              className={INPUT}
            >
              <option value="agent">{own.agent}</option>
              <option value="speaks">{own.speaks}</option>
              <option value="nobody">{own.nobody}</option>
            </select>
          )}
        </Field>
        {rule.to !== "nobody" && (
          <Field label={own.skill} more={own.skillMore}>
            {(id) => (
              <input
                id={id}
                name="skill"
                aria-describedby={`${id}-more`}
                value={rule.skill}
                onChange={(event) => set({ skill: event.target.value })}
                className={INPUT}
              />
            )}
          </Field>
        )}
      </div>
    </fieldset>
  );
}

/** A field with its label above and what it takes below. */
export function Field({
  label,
  more,
  children,
}: {
  label: string;
  more?: string;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="min-w-0 flex-1">
      <label htmlFor={id} className="text-xs font-medium text-ink-soft">
        {label}
      </label>
      {children(id)}
      {more && (
        <p id={`${id}-more`} className="mt-1 text-xs text-ink-faint">
          {more}
        </p>
      )}
    </div>
  );
}
