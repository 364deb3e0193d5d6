import type { ReportSplit, ReportStep } from "../api/types";

/** What a report is asked for. It is the address, so that it can be shared and reloaded. */
export interface Wish {
  /** So many days up to today; null: from one day to another. */
  days: number | null;
  from: string;
  until: string;
  by: ReportStep;
  split: ReportSplit | null;
  /** The team, agent or tag that alone is counted; empty: what is nobody's; null: all of them. */
  only: string | null;
}

export const SPANS = [7, 28, 90] as const;
export const SPLITS = ["team", "agent", "tag"] as const;

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Reads an address; what means nothing is as if it were not said. */
export function wishOf(search: string): Wish {
  const said = new URLSearchParams(search);
  const [from, until] = [said.get("from") ?? "", said.get("until") ?? ""];
  const isOwn = DAY.test(from) && DAY.test(until);
  const days = SPANS.find((span) => String(span) === said.get("days")) ?? 28;
  const split = SPLITS.find((one) => one === said.get("split")) ?? null;
  return {
    days: isOwn ? null : days,
    from: isOwn ? from : "",
    until: isOwn ? until : "",
    by: said.get("by") === "week" ? "week" : "day",
    split,
    only: split && said.get("only"),
  };
}

/** What the server is asked with, and what stands in the address. */
export function queryOf(wish: Wish) {
  const { days, from, until, by, split, only } = wish;
  return {
    ...(days === null ? { from, until } : { days }),
    by,
    ...(split && { split }),
    ...(split && only !== null && { only }),
  };
}

/** The same as the end of an address. */
export function searchOf(wish: Wish): string {
  const pairs = Object.entries(queryOf(wish)).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(pairs).toString();
}

/** The bounds are the calendar's, not a clock's: a day has the same name everywhere. */
export function dayOf(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
