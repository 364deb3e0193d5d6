// Marks by a key, and addresses by a paste: what becomes of the words that are selected in a field.
import { blocksOf } from "../../words/markup";

export type Mark = "**" | "_";

/** Words in the place of others, and what is selected then. */
export interface Change {
  from: number;
  to: number;
  text: string;
  select: readonly [number, number];
}

/** What stands before the words of a line of a list or a quote. */
const LEAD = /^(?:- |> |[1-9]\d{0,2}\. )?\s*/;

/** Sets what is selected off by a mark, line by line, or takes the mark away where it stands. */
export function toggled(text: string, from: number, to: number, mark: Mark): Change {
  const size = mark.length;
  if (from === to) return { from, to, text: mark + mark, select: [from + size, from + size] };
  const isAround = text.slice(from - size, from) === mark && text.slice(to, to + size) === mark;
  if (from >= size && isAround) {
    const words = text.slice(from, to);
    return { from: from - size, to: to + size, text: words, select: [from - size, to - size] };
  }
  const lines = text.slice(from, to).split("\n");
  const wears = (words: string) =>
    words.length > 2 * size && words.startsWith(mark) && words.endsWith(mark) && words.trim() !== "";
  const parts = lines.map((line, at) => {
    const startsLine = at > 0 || from === 0 || text[from - 1] === "\n";
    const lead = (startsLine ? LEAD : /^\s*/).exec(line)?.[0] ?? "";
    const words = line.slice(lead.length).trimEnd();
    return { lead, words, end: line.slice(lead.length + words.length) };
  });
  const isOff = parts.every(({ words }) => words === "" || wears(words));
  const marked = parts.map(({ lead, words, end }) => {
    if (words === "") return lead + end;
    return lead + (isOff ? words.slice(size, -size) : wears(words) ? words : mark + words + mark) + end;
  });
  const joined = marked.join("\n");
  const [only] = parts;
  // Of one line the words stay selected without their marks, so that the next key sets them off, too.
  const start = parts.length === 1 && only && !isOff ? from + only.lead.length + size : from;
  const length = parts.length === 1 && only && !isOff ? only.words.length : joined.length;
  return { from, to, text: joined, select: [start, start + length] };
}

/** What an address that is pasted over words makes of them; null: it takes their place, as anything does. */
export function linked(text: string, from: number, to: number, pasted: string): Change | null {
  const words = text.slice(from, to);
  const address = pasted.trim().replace(/[()'"`<>[\]\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  const link = `[${words.replace(/[[\]]/g, "\\$&")}](${address})`;
  // The same reader as everywhere says whether that is a link.
  const runs = blocksOf(link).flatMap((block) => block.runs);
  if (/^https?:/i.test(words) || runs.length !== 1 || runs[0]?.link !== address) return null;
  return { from, to, text: link, select: [from + link.length, from + link.length] };
}

/** Writes a change into a field as if it were typed, so that the browser's own undo takes it back. */
function put(field: HTMLTextAreaElement, { from, to, text, select }: Change): void {
  field.focus();
  field.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.setSelectionRange(...select);
}

export function setMark(field: HTMLTextAreaElement, mark: Mark): void {
  put(field, toggled(field.value, field.selectionStart, field.selectionEnd, mark));
}

/** Takes what is pasted; an address over selected words becomes where they lead. */
export function pasteOver(field: HTMLTextAreaElement, pasted: string): void {
  const { value, selectionStart: from, selectionEnd: to } = field;
  const plain = { from, to, text: pasted, select: [from + pasted.length, from + pasted.length] as const };
  put(field, linked(value, from, to, pasted) ?? plain);
}
