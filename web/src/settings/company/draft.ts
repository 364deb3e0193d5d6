import type { TeamHours } from "../api";

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface Span {
  from: string;
  until: string;
}

/** The hours of a team while somebody changes them. */
export interface Draft {
  zone: string;
  week: Record<Weekday, Span[]>;
  holidays: { date: string; name: string }[];
  /** Whether what waits goes back to the team when the hours end. */
  handsBack: boolean;
}

/** What cannot be saved as it stands. */
export type Wrong = "nobody" | "backwards" | "holiday";

/** The hours of an office, from which somebody begins who has none. */
export function office(zone: string): Draft {
  const day = (): Span[] => [{ from: "09:00", until: "17:00" }];
  const week = { monday: day(), tuesday: day(), wednesday: day(), thursday: day(), friday: day() };
  return { zone, week: { ...week, saturday: [], sunday: [] }, holidays: [], handsBack: false };
}

export function draftOf(hours: TeamHours): Draft {
  const of = (day: Weekday) =>
    hours.week.filter((span) => span.day === day).sort((a, b) => (a.from < b.from ? -1 : 1));
  const week = Object.fromEntries(
    WEEKDAYS.map((day) => [day, of(day).map(({ from, until }) => ({ from, until }))]),
  );
  return {
    zone: hours.time_zone,
    week: week as Draft["week"],
    holidays: [...(hours.holidays ?? [])],
    handsBack: hours.hands_back ?? false,
  };
}

export function hoursOf(draft: Draft): TeamHours {
  const spans = (day: Weekday) => draft.week[day].map((span) => ({ day, ...span }));
  const holidays = draft.holidays.map(({ date, name }) => ({ date, name: name.trim() }));
  return {
    time_zone: draft.zone,
    week: WEEKDAYS.flatMap(spans),
    holidays: holidays.sort((a, b) => (a.date < b.date ? -1 : 1)),
    ...(draft.handsBack && { hands_back: true }),
  };
}

/** Midnight as an end is the end of the day. */
export function isBackwards({ from, until }: Span): boolean {
  return from === "" || until === "" || (until !== "00:00" && until <= from);
}

export function wrongOf(draft: Draft): Wrong | null {
  const spans = WEEKDAYS.flatMap((day) => draft.week[day]);
  if (spans.length === 0) return "nobody";
  if (spans.some(isBackwards)) return "backwards";
  const isUnfit = ({ date, name }: { date: string; name: string }) => date === "" || name.trim() === "";
  return draft.holidays.some(isUnfit) ? "holiday" : null;
}

/** What one more span of a day begins as: an hour after the last one, as long as the day lasts. */
export function nextSpan(spans: Span[]): Span {
  const last = spans.at(-1);
  const hour = last ? Number(last.until.slice(0, 2)) + 1 : 9;
  if (last?.until === "00:00" || hour > 22) return { from: "00:00", until: "01:00" };
  const clock = (hour: number) => `${String(Math.min(hour, 23)).padStart(2, "0")}:00`;
  return { from: clock(hour), until: clock(last ? hour + 4 : 17) };
}
