// Colleagues in the words of a note. Whom a note mentions is decided here, before its author's eyes; the server gets their
// ids, and nobody looks for names in a note that is written.
import type { Agent, Mention } from "../../api/types";
import { fold } from "../../words/fold";

/** What is being typed after an `@`. */
export interface Asked {
  /** Where the `@` stands. */
  from: number;
  query: string;
}

/** A name is no longer than this while it is looked for. */
const QUERY = 40;
/** Colleagues that are offered at once. */
const OFFERED = 6;
/** `limits.rs`: colleagues whom one note mentions. */
export const MENTIONS = 20;

const isWord = (sign: string | undefined): boolean => sign !== undefined && /[\p{L}\p{N}_]/u.test(sign);

/** The name that is being typed before the cursor, if there is one; an `@` inside of a word is an address. */
export function askedAt(text: string, caret: number): Asked | null {
  const from = text.lastIndexOf("@", caret - 1);
  if (from < 0 || caret - from - 1 > QUERY || isWord(text[from - 1])) return null;
  const query = text.slice(from + 1, caret);
  return /[\n@]|\s\s|^\s/.test(query) ? null : { from, query };
}

/** The colleagues whose name, or a part of it, begins so. */
export function offered(query: string, colleagues: readonly Agent[]): readonly Agent[] {
  const wanted = fold(query);
  const fits = ({ name, email }: Agent) => {
    const plain = fold(name);
    return (
      plain.startsWith(wanted) ||
      plain.split(/\s+/).some((part) => part.startsWith(wanted)) ||
      fold(email).startsWith(wanted)
    );
  };
  return colleagues
    .filter(fits)
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, OFFERED);
}

/** A text with pieces that name somebody. */
export type Named<T> = { text: string; who: T | null };

/** Finds `@` with one of these names, the longest first; a name that goes on is another's. */
export function named<T extends { name: string }>(text: string, people: readonly T[]): Named<T>[] {
  const longest = [...people].sort((a, b) => b.name.length - a.name.length);
  const pieces: Named<T>[] = [];
  let begun = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const who = longest.find(
      ({ name }) => text.startsWith(name, at + 1) && !isWord(text[at + 1 + name.length]),
    );
    if (!who || at < begun || isWord(text[at - 1])) continue;
    if (at > begun) pieces.push({ text: text.slice(begun, at), who: null });
    begun = at + 1 + who.name.length;
    pieces.push({ text: text.slice(at, begun), who });
  }
  if (begun < text.length) pieces.push({ text: text.slice(begun), who: null });
  return pieces;
}

/** Those whom a note mentions as it stands. Of colleagues with one name, the one who was chosen; else nobody is meant. */
export function mentionsIn(
  text: string,
  colleagues: readonly Agent[],
  chosen: ReadonlyMap<string, string>,
): readonly Mention[] {
  const names = new Set<string>();
  for (const { who } of named(text, colleagues)) if (who) names.add(who.name);
  return [...names].flatMap((name): Mention[] => {
    const all = colleagues.filter((it) => it.name === name);
    const meant = all.length === 1 ? all[0] : all.find(({ id }) => id === chosen.get(name));
    return meant ? [{ agent_id: meant.id, name }] : [];
  });
}
