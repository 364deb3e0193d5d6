import { type FormEvent, useState } from "react";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { dayOf, SPANS, SPLITS, type Wish } from "./wish";
import type { ReportWords } from "./words";

const DAY_MS = 86_400_000;

/** Which time, cut into what, told apart by what. What is chosen is shown at once; days of one's own when both are there. */
export function Choosers({
  wish,
  it,
  onChoose,
}: {
  wish: Wish;
  it: ReportWords;
  onChoose: (change: Partial<Wish>) => void;
}) {
  const [isOwn, setOwn] = useState(wish.days === null);
  const span = isOwn ? "own" : String(wish.days ?? 28);
  const chooseSpan = (value: string) => {
    setOwn(value === "own");
    if (value !== "own") onChoose({ days: Number(value), from: "", until: "" });
  };
  const own = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    onChoose({ days: null, from: String(data.get("from")), until: String(data.get("until")) });
  };
  const now = Date.now();
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap gap-x-5 gap-y-3">
        <Choice label={it.period} name="days" value={span} onChoose={chooseSpan}>
          {[...SPANS, "own" as const].map((one) => (
            <option key={one} value={one}>
              {it.spans[one]}
            </option>
          ))}
        </Choice>
        <Choice
          label={it.by}
          name="by"
          value={wish.by}
          onChoose={(by) => onChoose({ by: by === "week" ? "week" : "day" })}
        >
          {(["day", "week"] as const).map((step) => (
            <option key={step} value={step}>
              {it.steps[step]}
            </option>
          ))}
        </Choice>
        <Choice
          label={it.split}
          name="split"
          value={wish.split ?? "none"}
          onChoose={(value) => onChoose({ split: SPLITS.find((one) => one === value) ?? null, only: null })}
        >
          {(["none", ...SPLITS] as const).map((one) => (
            <option key={one} value={one}>
              {it.splits[one]}
            </option>
          ))}
        </Choice>
      </div>
      {isOwn && (
        <form onSubmit={own} className="flex flex-wrap items-end gap-3" data-own-days>
          <Field
            label={it.from}
            name="from"
            type="date"
            required
            defaultValue={wish.from || dayOf(new Date(now - 27 * DAY_MS))}
          />
          <Field
            label={it.until}
            name="until"
            type="date"
            required
            defaultValue={wish.until || dayOf(new Date(now))}
          />
          <Button type="submit" look="line">
            {it.show}
          </Button>
        </form>
      )}
    </div>
  );
}

function Choice({
  label,
  name,
  value,
  onChoose,
  children,
}: {
  label: string;
  name: string;
  value: string;
  onChoose: (value: string) => void;
  children: React.ReactNode;
}) {
  return (
    <label className="flex flex-wrap items-center gap-2 text-sm font-medium">
      {label}
      <select
        name={name}
        value={value}
        onChange={(event) => onChoose(event.target.value)}
        className="h-9 max-w-full rounded-lg border border-line-strong bg-raised px-2 text-sm text-ink"
      >
        {children}
      </select>
    </label>
  );
}
