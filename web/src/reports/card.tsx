import { useId } from "react";
import type { Backlog, Figures, Report, ReportTable } from "../api/types";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { Columns, type Series } from "./chart";
import { nameOfGroup } from "./names";
import { searchOf, type Wish } from "./wish";
import type { ReportWords } from "./words";

interface Column {
  name: string;
  /** What a cell says; null: nothing. */
  cell: (figures: Figures) => string | null;
  /** What waits for so long, instead. */
  age?: keyof Backlog;
}

interface Line {
  key: string;
  name: string;
  /** What is to be counted alone when it is chosen; null: nothing can be chosen. */
  only: string | null;
  figures: Figures;
  backlog: Backlog;
}

/** A chart under its title, with its table and the file of both. */
export function Chart({
  report,
  wish,
  it,
  onOnly,
  places,
  table,
  title,
  more,
  series,
  format,
  columns,
}: {
  report: Report;
  wish: Wish;
  it: ReportWords;
  onOnly: (only: string) => void;
  places: readonly string[];
  table: ReportTable;
  title: string;
  more: string;
  series: readonly Series[];
  format: (value: number) => string;
  columns: readonly Column[];
}) {
  const id = useId();
  const isNow = table === "backlog";
  const whole: Line = {
    key: "total",
    name: it.total,
    only: null,
    figures: report.total,
    backlog: report.backlog,
  };
  const groups = report.groups.map((group): Line => {
    const only = group.id ?? "";
    const canChoose = wish.only === null && (group.id !== undefined || wish.split === "agent");
    return {
      ...group,
      key: `group ${only}`,
      name: nameOfGroup(report, group.id ?? null, it),
      only: canChoose ? only : null,
    };
  });
  const periods = isNow
    ? []
    : report.periods.map(({ from, figures }, place): Line => {
        const name = places[place] ?? from;
        return { key: from, name, only: null, figures, backlog: report.backlog };
      });
  const heard = series
    .map(
      ({ name, values }) =>
        `${name}: ${values.map((value) => (value === null ? "–" : format(value))).join(", ")}`,
    )
    .join("; ");
  const most = columns.map(
    ({ name, cell, age }) => `${name} ${age ? report.backlog[age] : (cell(report.total) ?? "–")}`,
  );
  const label = it.chart(title, places.length <= 7 ? heard : most.join(", "));
  return (
    <section
      aria-labelledby={id}
      data-chart={table}
      className="mt-5 rounded-xl border border-line bg-raised shadow-raised"
    >
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 px-4 pt-3 pb-3">
        <div className="min-w-0 flex-1 basis-52">
          <h2 id={id} className="text-base font-semibold">
            {title}
          </h2>
          <p className="max-w-prose text-sm text-ink-faint">{more}</p>
        </div>
        <a
          href={`/inbox/v1/reports/${table}?${searchOf(wish)}`}
          download
          aria-label={it.csvOf(title)}
          data-csv={table}
          className="inline-flex h-9 items-center gap-1.5 rounded-lg border border-line-strong px-3 text-sm font-medium text-ink hover:bg-hover"
        >
          <Icon name="download" />
          {it.csv}
        </a>
      </div>
      <Columns label={label} places={places} series={series} format={format} />
      {groups.length > 0 && (
        <Table name={title} it={it} columns={columns} lines={[...groups, whole]} onOnly={onOnly} />
      )}
      <details className="border-t border-line">
        <summary className="cursor-pointer px-4 py-2.5 text-sm font-medium text-ink-soft hover:bg-hover">
          {it.table}
        </summary>
        <Table name={title} it={it} columns={columns} lines={[...periods, whole]} onOnly={onOnly} />
      </details>
    </section>
  );
}

function Table({
  name,
  it,
  columns,
  lines,
  onOnly,
}: {
  name: string;
  it: ReportWords;
  columns: readonly Column[];
  lines: readonly Line[];
  onOnly: (only: string) => void;
}) {
  const { format } = useWords();
  return (
    // A table may be wider than a telephone: then it is moved within its card, by keys too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <div tabIndex={0} className="overflow-x-auto border-t border-line">
      <table className="numeric w-full text-sm">
        <caption className="sr-only">{name}</caption>
        <thead>
          <tr className="text-left text-xs text-ink-faint">
            <td className="px-4 py-1.5" />
            {columns.map((column) => (
              <th key={column.name} scope="col" className="px-4 py-1.5 text-right font-medium">
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {lines.map(({ key, name: of, only, figures, backlog }) => (
            <tr key={key} data-line={key}>
              <th scope="row" className="px-4 py-1.5 text-left font-medium whitespace-nowrap">
                {only === null ? (
                  <bdi>{of}</bdi>
                ) : (
                  <button
                    type="button"
                    title={it.alone(of)}
                    onClick={() => onOnly(only)}
                    className="inline-flex min-h-6 items-center underline decoration-line-strong underline-offset-2"
                  >
                    <bdi>{of}</bdi>
                  </button>
                )}
              </th>
              {columns.map(({ name: column, cell, age }) => (
                <td key={column} className="px-4 py-1.5 text-right whitespace-nowrap">
                  {(age ? format.number(backlog[age]) : cell(figures)) ?? "–"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
