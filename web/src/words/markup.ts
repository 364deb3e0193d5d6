// The marks of agents' words, as `protocol/src/markup.rs` reads them: both are tested with protocol/fixtures/markup/texts.json.
// docs/markup.md has the grammar. Each line is read once, so no text takes longer than its length.

/** Letters that look alike. */
export interface Run {
  text: string;
  strong?: boolean;
  emphasis?: boolean;
  code?: boolean;
  /** Where they lead: `http`, `https`, `mailto` or `tel`, and nothing else. */
  link?: string | undefined;
}

/** What stands by itself in a text. */
export interface Block {
  kind: "paragraph" | "bullet" | "number" | "quote" | "code";
  runs: Run[];
  /** Of a line of a list with numbers. */
  number?: number;
}

const SEEN = /\P{White_Space}/u;
const FENCE = /^```([A-Za-z\d+#-]*)\p{White_Space}*$/u;
const NUMBER = /^([1-9]\d{0,2})\. (.*)/su;
/** What could make a host read as another. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/;
const QUOTE = /^>($| )/;
const TRAILING = ".,;:!?…)]}»”’";
const NAMED = /\[((?:[^\\[\]]|\\[*_`[\]]|\\(?![*_`[\]]))+)\]\(([^\p{White_Space}()<>[\]"'`\\]+)\)/uy;
const PLACE =
  /^(?:https?:\/\/([a-z\d][a-z\d.-]*(?::\d{1,5})?)(?:[/?#].*)?|mailto:([\w.%+-]+@[a-z\d][a-z\d.-]*))$/i;

const isWord = (letter: string | undefined) =>
  letter !== undefined && letter < "\u2e80" && /[\p{Alphabetic}\p{N}]/u.test(letter);

/** Whether a mark may stand between what is outside of it and what it holds. */
const mayStand = (outside: string | undefined, inside: string | undefined) =>
  !isWord(outside) && inside !== undefined && SEEN.test(inside);

function push(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  const looks = ({ strong, emphasis, code, link }: Run) => `${!!strong}${!!emphasis}${!!code}${link}`;
  if (last && looks(last) === looks(run)) last.text += run.text;
  else if (run.text) runs.push(run);
}

/** Where the address ends that a scheme at a place begins; 0: there is none. */
function addressEnd(line: string, at: number, scheme: number, trailing: string): number {
  const begins = /[+\p{Alphabetic}\p{N}]/uy;
  begins.lastIndex = at + scheme;
  if (isWord(line[at - 1]) || !begins.test(line)) return 0;
  const stop = /[\p{White_Space}<>"'`]/gu;
  stop.lastIndex = at + scheme;
  let end = stop.exec(line)?.index ?? line.length;
  while (trailing.includes(line[end - 1] as string)) end--;
  return end;
}

/** Words of a user, who knows of no marks: addresses of pages alone are more than letters. */
export function asTyped(text: string): Run[] {
  const runs: Run[] = [];
  const scheme = /https?:\/\//gi;
  let from = 0;
  for (let found = scheme.exec(text); found; found = scheme.exec(text)) {
    const end = addressEnd(text, found.index, found[0].length, TRAILING);
    scheme.lastIndex = end || found.index + 1;
    if (end === 0) continue;
    const link = text.slice(found.index, end);
    push(runs, { text: text.slice(from, found.index) });
    push(runs, { text: link, link });
    from = end;
  }
  push(runs, { text: text.slice(from) });
  return runs;
}

function read(line: string, mayName: boolean, runs: Run[]): void {
  const tokens: (Run & { isPaired?: boolean })[] = [];
  const open = new Map<string, number>();
  const next = /\\[*_`[\]]|`+|\*+|_+|\[|https?:\/\/|mailto:|tel:/gi;
  let hasTicks = true;
  let from = 0;
  for (let found = next.exec(line); found; found = next.exec(line)) {
    const [text] = found;
    const at = found.index;
    let end = at + text.length;
    let run: Run & { isPaired?: boolean } = { text };
    if (text[0] === "\\") run.text = text.slice(1);
    else if (text[0] === "`") {
      if (text === "`" && hasTicks) {
        const ticks = /`+/g;
        ticks.lastIndex = end;
        let partner = ticks.exec(line);
        while (partner && partner[0] !== "`") partner = ticks.exec(line);
        // Where one tick has no partner, none after it has.
        hasTicks = partner !== null;
        const code = partner ? line.slice(end, partner.index) : "";
        if (SEEN.test(code)) {
          run = { text: code, code: true };
          end += code.length + 1;
        }
      }
    } else if (text[0] === "*" || text[0] === "_") {
      if (text === "**" || text.length === 1) {
        const [before, after] = [line[at - 1], line[end]];
        const partner = tokens[open.get(text) ?? -1];
        if (partner && mayStand(after, before)) {
          partner.isPaired = run.isPaired = true;
          open.delete(text);
        } else if (mayStand(before, after)) open.set(text, tokens.length + (at > from ? 1 : 0));
      }
    } else if (text === "[") {
      NAMED.lastIndex = at;
      const [whole, words = "", link = ""] = (mayName && NAMED.exec(line)) || [];
      const place = PLACE.exec(link);
      if (whole && place && SEEN.test(words)) {
        const said = words.replace(/\\([*_`[\]])/g, "$1");
        const shown = place[1] ?? place[2];
        // Where it leads is a part of what is read, so that no words can say that it leads elsewhere.
        run = { text: said === shown || said === link ? said : `${said} (${shown})`, link };
        end = at + whole.length;
      }
    } else {
      end = addressEnd(line, at, text.length, `${TRAILING}*_`);
      next.lastIndex = at + 1;
      if (end === 0) continue;
      run.text = run.link = line.slice(at, end);
    }
    if (at > from) tokens.push({ text: line.slice(from, at) });
    tokens.push(run);
    next.lastIndex = from = end;
  }
  tokens.push({ text: line.slice(from) });
  const on = new Set<string>();
  for (const { isPaired, ...run } of tokens) {
    if (!isPaired) push(runs, { ...run, strong: on.has("**"), emphasis: on.has("*") || on.has("_") });
    else if (!on.delete(run.text)) on.add(run.text);
  }
}

/** Reads the marks of a text; what is not quite a mark is shown as it was typed. */
export function blocksOf(text: string): Block[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const mayName = !TURNS.test(text);
  const blocks: Block[] = [];
  const ends = lines.flatMap((line, at) => (FENCE.exec(line)?.[1] === "" ? [at] : []));
  const runsOf = (said: string[]) => {
    const runs: Run[] = [];
    said.forEach((line, at) => {
      if (at > 0) push(runs, { text: "\n" });
      read(line, mayName, runs);
    });
    return runs;
  };
  const quoted = (line: string | undefined) =>
    line !== undefined && QUOTE.test(line) ? line.slice(2) : null;
  const begun = (line: string, at: number): [Block, number] | null => {
    if (FENCE.test(line)) {
      const [end] = ends;
      const code = end ? lines.slice(at + 1, end).join("\n") : "";
      return end && SEEN.test(code) ? [{ kind: "code", runs: [{ text: code }] }, end + 1] : null;
    }
    let said = quoted(line);
    if (said !== null && SEEN.test(said)) {
      const all: string[] = [];
      let end = at;
      for (; said !== null; said = quoted(lines[++end])) all.push(said);
      return [{ kind: "quote", runs: runsOf(all) }, end];
    }
    if (line.startsWith("- ") && SEEN.test(line.slice(2)))
      return [{ kind: "bullet", runs: runsOf([line.slice(2)]) }, at + 1];
    const [, number, rest = ""] = NUMBER.exec(line) ?? [];
    return SEEN.test(rest)
      ? [{ kind: "number", number: Number(number), runs: runsOf([rest]) }, at + 1]
      : null;
  };
  // A backslash keeps a line from being one of a list or a quote.
  const isKept = (rest: string) =>
    QUOTE.test(rest) || rest.startsWith("- ") || SEEN.test(NUMBER.exec(rest)?.[2] ?? "");
  const paragraph = (from: number, to: number) => {
    let [start, end] = [from, to];
    const isEmpty = (at: number) => start < end && !SEEN.test(lines[at] as string);
    while (from > 0 && isEmpty(start)) start++;
    while (to < lines.length && isEmpty(end - 1)) end--;
    const said = lines.slice(start, end);
    const runs = runsOf(
      said.map((line) => (line[0] === "\\" && isKept(line.slice(1)) ? line.slice(1) : line)),
    );
    if (runs.length > 0) blocks.push({ kind: "paragraph", runs });
  };
  let plain = 0;
  for (let at = 0; at < lines.length; ) {
    while (ends[0] !== undefined && ends[0] <= at) ends.shift();
    const block = begun(lines[at] as string, at);
    if (block) {
      paragraph(plain, at);
      blocks.push(block[0]);
      at = plain = block[1];
    } else at++;
  }
  paragraph(plain, lines.length);
  return blocks;
}

/** The letters without the marks, for where nothing but letters is shown. */
export const plainOf = (text: string): string =>
  blocksOf(text)
    .map(({ kind, number, runs }) => {
      const lead = kind === "bullet" ? "- " : kind === "number" ? `${number}. ` : "";
      return lead + runs.map((run) => run.text).join("");
    })
    .join("\n");
