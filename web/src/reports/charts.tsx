import type { Figures, Report } from "../api/types";
import { Button } from "../ui/button";
import { useWords } from "../words/words";
import { Chart } from "./card";
import type { Series } from "./chart";
import { dayFormat, nameOfGroup } from "./names";
import type { Wish } from "./wish";
import type { ReportWords } from "./words";

const AGES = ["under_1h", "under_4h", "under_1d", "under_3d", "under_7d", "older"] as const;

/** A chart for each thing that is counted, with its table and its file. */
export function Charts({
  report,
  wish,
  it,
  onOnly,
}: {
  report: Report;
  wish: Wish;
  it: ReportWords;
  onOnly: (only: string | null) => void;
}) {
  const { format, language } = useWords();
  const day = dayFormat(format.locale);
  const { number } = format;
  const nameOf = (from: string, until: string) =>
    from === until ? day(from) : `${day(from)} – ${day(until)}`;
  const places = report.periods.map(({ from, until }) => nameOf(from, until));
  const values = (name: string, of: (figures: Figures) => number | null): Series => ({
    name,
    values: report.periods.map(({ figures }) => of(figures)),
  });
  const duration = (seconds: number | null | undefined) =>
    seconds === null || seconds === undefined ? null : format.duration(seconds * 1_000);
  const seconds = (value: number) => format.duration(value * 1_000);
  const score = (sum: number, count: number) =>
    count > 0
      ? new Intl.NumberFormat(language, { maximumFractionDigits: 2, minimumFractionDigits: 2 }).format(
          sum / count,
        )
      : null;
  const share = (part: number, whole: number) => (whole > 0 ? format.percent(part / whole) : null);
  const { total } = report;
  const shared = { report, wish, it, onOnly, places };
  const took = (table: "first_answer" | "resolution", more: string) => (
    <Chart
      {...shared}
      table={table}
      title={it[table]}
      more={more}
      series={[
        values(it.median, (figures) => figures[table].median_s ?? null),
        values(it.p90, (figures) => figures[table].p90_s ?? null),
      ]}
      format={seconds}
      columns={[
        { name: it.count, cell: (figures) => number(figures[table].count) },
        { name: it.median, cell: (figures) => duration(figures[table].median_s) },
        { name: it.p90, cell: (figures) => duration(figures[table].p90_s) },
      ]}
    />
  );
  return (
    <>
      {wish.only !== null && (
        <p className="mt-3 flex flex-wrap items-center gap-3 text-sm" data-only={wish.only}>
          <bdi className="font-medium">{it.alone(nameOfGroup(report, wish.only, it))}</bdi>
          <Button look="line" onClick={() => onOnly(null)}>
            {it.all}
          </Button>
        </p>
      )}
      <Chart
        {...shared}
        table="volume"
        title={it.volume}
        more={it.volumeMore}
        series={[
          values(it.opened, ({ opened }) => opened),
          values(it.received, ({ received }) => received),
          values(it.sent, ({ sent }) => sent),
        ]}
        format={number}
        columns={[
          { name: it.opened, cell: ({ opened }) => number(opened) },
          { name: it.reopened, cell: ({ reopened }) => number(reopened) },
          { name: it.received, cell: ({ received }) => number(received) },
          { name: it.sent, cell: ({ sent }) => number(sent) },
        ]}
      />
      {took("first_answer", it.firstMore)}
      {took("resolution", it.resolutionMore)}
      <Chart
        {...shared}
        table="backlog"
        title={it.backlog}
        more={it.backlogMore}
        places={AGES.map((age) => it.ages[age])}
        series={[
          {
            name: it.waiting(AGES.reduce((sum, age) => sum + report.backlog[age], 0)),
            values: AGES.map((age) => report.backlog[age]),
          },
        ]}
        format={number}
        columns={AGES.map((age) => ({ name: it.ages[age], age, cell: () => null }))}
      />
      <Chart
        {...shared}
        table="satisfaction"
        title={it.satisfaction}
        more={total.satisfaction.asked > 0 ? it.satisfactionMore : it.noneAsked}
        series={[
          values(it.average, ({ satisfaction: { sum, answered } }) => (answered > 0 ? sum / answered : null)),
        ]}
        format={(value) => score(value, 1) ?? ""}
        columns={[
          { name: it.asked, cell: ({ satisfaction }) => number(satisfaction.asked) },
          { name: it.answered, cell: ({ satisfaction }) => number(satisfaction.answered) },
          { name: it.rate, cell: ({ satisfaction }) => share(satisfaction.answered, satisfaction.asked) },
          { name: it.average, cell: ({ satisfaction }) => score(satisfaction.sum, satisfaction.answered) },
          { name: it.good, cell: ({ satisfaction }) => share(satisfaction.good, satisfaction.answered) },
        ]}
      />
    </>
  );
}
