import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

export interface Figure {
  name: string;
  unit: "ms" | "px" | "MB" | "frames/s" | "a second";
  value: number;
  /** What it should stay within; null: told for its own sake. */
  limit: { at: "most" | "least"; value: number } | null;
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};
export const median = (values: readonly number[]): number => percentile(values, 0.5);

const isMet = ({ limit, value }: Figure) =>
  limit === null || (limit.at === "most" ? value <= limit.value : value >= limit.value);
const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));

function rowOf(figure: Figure): string {
  const { limit } = figure;
  const goal = limit ? `${limit.at === "most" ? "≤" : "≥"} ${limit.value}` : "";
  return `| ${figure.name} | ${shown(figure.value)} ${figure.unit} | ${goal} | ${limit ? (isMet(figure) ? "met" : "**missed**") : ""} |`;
}

/** The figures as a table. */
export function tableOf(figures: readonly Figure[], load: string): string {
  const day = new Date().toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  return [
    `\`cargo xtask bench inbox\` of ${day}, release build, headless Chromium without a graphics card, server and generator on the same ${cpus().length} shared cores (load average ${load}):`,
    "",
    "| | measured | goal | |",
    "|---|---|---|---|",
    ...figures.map(rowOf),
  ].join("\n");
}

/** Prints the figures, keeps them as JSON, and puts them into a page between its marks if one is named. */
export function report(figures: readonly Figure[], load: string): void {
  const table = tableOf(figures, load);
  console.log(`\n${table}\n`);
  const folder = process.env["TIDINGS_BENCH_RESULTS"];
  if (folder) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/inbox.json`, `${JSON.stringify({ load, figures }, null, 2)}\n`);
  }
  const page = process.env["TIDINGS_BENCH_PAGE"];
  if (!page) return;
  const text = readFileSync(page, "utf8");
  const marked = /(<!-- inbox:begin -->\n)[\s\S]*?(<!-- inbox:end -->)/;
  if (!marked.test(text)) throw new Error(`${page} has no marks for the figures of the inbox`);
  writeFileSync(
    page,
    text.replace(marked, (_, begin: string, end: string) => `${begin}${table}\n${end}`),
  );
}
