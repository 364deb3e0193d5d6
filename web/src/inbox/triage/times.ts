// Times to come that agents choose often, in the zone of their device.

export interface Preset {
  name: "hours" | "evening" | "tomorrow" | "monday" | "week";
  at: Date;
}

const HOUR = 3_600_000;

/** A day at an hour of the device's clock, whatever summer time does in between. */
function atHour(now: Date, days: number, hour: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
}

/** What can be chosen at a moment; the earliest first. */
export function presets(now: Date): Preset[] {
  const untilMonday = (8 - now.getDay()) % 7 || 7;
  const all: Preset[] = [
    { name: "hours", at: new Date(now.getTime() + 3 * HOUR) },
    { name: "evening", at: atHour(now, 0, 18) },
    { name: "tomorrow", at: atHour(now, 1, 9) },
    { name: "monday", at: atHour(now, untilMonday, 9) },
    { name: "week", at: atHour(now, 7, 9) },
  ];
  const isWorth = ({ name, at }: Preset) => {
    if (name === "evening") return at.getTime() - now.getTime() > 2 * HOUR;
    // Of two names for one moment the first stays.
    return !all.some(
      (other) =>
        other.at.getTime() === at.getTime() && all.indexOf(other) < all.findIndex((it) => it.name === name),
    );
  };
  return all.filter(isWorth).sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** For `<input type="datetime-local">`. */
export function localValue(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
