import type { Report } from "../api/types";
import type { ReportWords } from "./words";

/** A day of the calendar as people write it. */
export function dayFormat(locale: string, withYear = false): (day: string) => string {
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", timeZone: "UTC" };
  if (withYear) options.year = "numeric";
  const format = new Intl.DateTimeFormat(locale, options);
  return (day) => format.format(new Date(`${day}T00:00:00Z`));
}

/** What a group is called. */
export function nameOfGroup(report: Report, id: string | null, it: ReportWords): string {
  if (!id) return it.nobody;
  const group = report.groups.find((one) => one.id === id);
  return group ? (group.name ?? it.gone) : id;
}
