// Looking through what is in memory while somebody types: no accents, no case, every word somewhere, the beginnings of
// words first.
import type { Conversation } from "../api/types";
import { fold } from "../words/fold";

/** How well a text answers: 0 it begins so, 1 a word begins so, 2 it is inside of one; null: not at all. */
export function rank(text: string, words: readonly string[]): number | null {
  let worst = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return null;
    worst = Math.max(worst, at === 0 ? 0 : startsWord(text, word, at) ? 1 : 2);
  }
  return worst;
}

function startsWord(text: string, word: string, first: number): boolean {
  for (let at = first; at >= 0; at = text.indexOf(word, at + 1))
    if (!/[\p{L}\p{N}]/u.test(text[at - 1] ?? " ")) return true;
  return false;
}

/** The words of what was typed. */
export const wordsOf = (typed: string): string[] => fold(typed).split(/\s+/u).filter(Boolean);

/** Headers are replaced and not changed, so what was folded once holds for as long as the header. */
const folded = new WeakMap<Conversation, string>();

function textOf(conversation: Conversation): string {
  let text = folded.get(conversation);
  if (text === undefined) {
    const { user, title, tags = [] } = conversation;
    text = fold([user.name, user.email, user.external_id, title, ...tags].filter(Boolean).join(" · "));
    folded.set(conversation, text);
  }
  return text;
}

/** The conversations whose person or title answers to the words: the best first, among equals the most recent. */
export function findConversations(
  conversations: Iterable<Conversation>,
  words: readonly string[],
  limit: number,
): Conversation[] {
  const found: { conversation: Conversation; rank: number }[] = [];
  for (const conversation of conversations) {
    const at = rank(textOf(conversation), words);
    if (at !== null) found.push({ conversation, rank: at });
  }
  found.sort((a, b) => a.rank - b.rank || (a.conversation.active_at < b.conversation.active_at ? 1 : -1));
  return found.slice(0, limit).map(({ conversation }) => conversation);
}

/** The entries whose name answers to the words, the best first, among equals as they came. */
export function findNamed<T extends { name: string; also?: string }>(
  entries: readonly T[],
  words: readonly string[],
): T[] {
  if (words.length === 0) return [...entries];
  return entries
    .map((entry) => ({ entry, rank: rank(fold(`${entry.name} ${entry.also ?? ""}`), words) }))
    .filter((it): it is { entry: T; rank: number } => it.rank !== null)
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}
