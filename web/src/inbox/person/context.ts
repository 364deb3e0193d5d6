// What is known of who writes, as words. No React: what a phone said is data, whatever it says.
import type { Context, FieldValue } from "../../api/types";
import type { Format } from "../../words/format";
import type { PersonWords } from "./words";

/** `14:32` in a time zone; none when the browser does not know such a zone: phones say what they like. */
export function hourIn(locale: string, zone: string, at: Date): string | null {
  try {
    return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(at);
  } catch {
    return null;
  }
}

/** `Europe/Lisbon` is Lisbon, `America/Argentina/Buenos_Aires` Buenos Aires. */
export function cityOf(zone: string): string {
  return (zone.split("/").pop() ?? zone).replaceAll("_", " ");
}

/** What a custom field says. */
export function textOf(value: FieldValue, it: PersonWords, format: Format): string {
  if (typeof value === "boolean") return value ? it.yes : it.no;
  if (typeof value === "number") return format.number(value);
  if (typeof value === "string") return value;
  const at = new Date(value.time);
  return Number.isNaN(at.getTime()) ? value.time : format.full(at);
}

const joined = (...parts: (string | null | undefined)[]) => parts.filter(Boolean).join(" ");

/** The phone and the app, one fact after the other. */
export function factsOf(context: Context, it: PersonWords): string[] {
  const version = context.app_version && it.version(context.app_version);
  const build = context.app_build && it.build(context.app_build);
  return [
    joined(version, build),
    context.device_model,
    joined(context.os, context.os_version),
    context.locale,
    context.network && it.networks[context.network],
    context.sdk_version && it.sdk(context.sdk_version),
  ].filter((fact): fact is string => !!fact);
}

/** Of facts those that are not as they were before. */
export function newsIn(facts: string[], before: string[] | undefined): string[] {
  return facts.filter((fact) => !before?.includes(fact));
}
