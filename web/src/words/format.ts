// Times and numbers as people of the browser's region write them, in the language of the inbox.

/** `fr` with a browser set to `fr-CH, en` is `fr-CH`; without a region of that language, the language alone. */
export function localeOf(language: string, browser: readonly string[]): string {
  return browser.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language;
}

export interface Format {
  /** Whose way of writing this is: `en-GB`. */
  readonly locale: string;
  /** `09:30` */
  time(at: Date): string;
  /** `Saturday 21 November`; with the year when it is another than now. */
  day(at: Date, now: Date): string;
  /** `Saturday 21 November 2026 at 09:30`, for the title of a time. */
  full(at: Date): string;
  /** `09:30:12`; with the day when it is another than `base`. */
  exact(at: Date, base: Date): string;
  /** For a list: the time of today, the weekday of this week, the date before. */
  short(at: Date, now: Date): string;
  /** Of a time to come: `09:30` today, `Mon 09:30` within a week, the date with the time later. */
  when(at: Date, now: Date): string;
  /** `12 min`, `3 h`, `2 days`: how long something lasts. */
  duration(ms: number): string;
  number(value: number): string;
  /** Of a share from 0 to 1: `45 %`. */
  percent(share: number): string;
  /** Of metres: `12 m`, `90 km`. */
  distance(metres: number): string;
  bytes(value: number): string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function formatOf(locale: string): Format {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  const time = format({ hour: "2-digit", minute: "2-digit" });
  const exact = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const weekday = format({ weekday: "short" });
  const date = format({ day: "numeric", month: "short" });
  const dateWithYear = format({ day: "numeric", month: "short", year: "numeric" });
  const day = format({ weekday: "long", day: "numeric", month: "long" });
  const dayWithYear = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const full = format({ dateStyle: "full", timeStyle: "short" });
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const unit = (name: string) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay: name === "day" ? "long" : "short",
    });
  const [minutes, hours, days] = [unit("minute"), unit("hour"), unit("day")];
  return {
    locale,
    time: (at) => time.format(at),
    day: (at, now) => (at.getFullYear() === now.getFullYear() ? day : dayWithYear).format(at),
    full: (at) => full.format(at),
    exact: (at, base) =>
      at.toDateString() === base.toDateString() ? exact.format(at) : `${date.format(at)} ${exact.format(at)}`,
    short(at, now) {
      if (at.toDateString() === now.toDateString()) return time.format(at);
      const age = now.getTime() - at.getTime();
      if (age >= 0 && age < 6 * DAY) return weekday.format(at);
      return (at.getFullYear() === now.getFullYear() ? date : dateWithYear).format(at);
    },
    when(at, now) {
      if (at.toDateString() === now.toDateString()) return time.format(at);
      const isNear = at.getTime() - now.getTime() < 6 * DAY;
      return `${(isNear ? weekday : date).format(at)} ${time.format(at)}`;
    },
    duration(ms) {
      if (ms < HOUR) return minutes.format(Math.max(1, Math.floor(ms / MINUTE)));
      if (ms < 2 * DAY) return hours.format(Math.floor(ms / HOUR));
      return days.format(Math.floor(ms / DAY));
    },
    number: (value) => number.format(value),
    percent: (share) => percent.format(share),
    distance(metres) {
      const isFar = metres >= 10_000;
      const options = {
        style: "unit",
        unit: isFar ? "kilometer" : "meter",
        maximumFractionDigits: 0,
      } as const;
      return new Intl.NumberFormat(locale, options).format(isFar ? metres / 1_000 : metres);
    },
    bytes(value) {
      const [size, name] =
        value < 1_000
          ? [value, "byte"]
          : value < 1_000_000
            ? [value / 1e3, "kilobyte"]
            : [value / 1e6, "megabyte"];
      const digits = {
        style: "unit",
        unit: name,
        unitDisplay: value < 1_000 ? "long" : "short",
        maximumFractionDigits: 1,
      } as const;
      return new Intl.NumberFormat(locale, digits).format(size);
    },
  };
}
