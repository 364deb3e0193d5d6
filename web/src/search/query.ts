// What stands in the field of the palette: words, and chips that narrow them down. A chip may be typed (`in:notes`) or
// pressed; both end as the same thing.
import type { Conversation, SearchAmong, SearchIn } from "../api/types";
import { fold } from "../words/fold";

/** What to look through: `everything` is commands, what is in memory, and the server's messages and people. */
export type Scope = "everything" | SearchIn;
/** Which conversations count: those of a kind, or those with a tag. */
export type Among = "mine" | "open" | "snoozed" | "closed" | `tag:${string}`;

export interface Chips {
  scope: Scope;
  among: Among | null;
}

export const NO_CHIPS: Chips = { scope: "everything", among: null };

/** How the chips are typed, in both languages at once: who knows one of them is understood in either. */
const TYPED: Record<string, Partial<Chips>> = {
  "in:messages": { scope: "messages" },
  "in:notes": { scope: "notes" },
  "in:people": { scope: "people" },
  "is:mine": { among: "mine" },
  "is:open": { among: "open" },
  "is:snoozed": { among: "snoozed" },
  "is:closed": { among: "closed" },
  "dans:messages": { scope: "messages" },
  "dans:notes": { scope: "notes" },
  "dans:personnes": { scope: "people" },
  "est:mienne": { among: "mine" },
  "est:ouverte": { among: "open" },
  "est:pausee": { among: "snoozed" },
  "est:pausée": { among: "snoozed" },
  "est:fermee": { among: "closed" },
  "est:fermée": { among: "closed" },
};

/** Takes out of a text the chips that are typed to their end, with the space after them. */
export function takeChips(text: string, chips: Chips): { text: string; chips: Chips } {
  let taken = chips;
  const rest = text.replace(/(?<=^|\s)(\p{L}+:\S+)\s/gu, (whole, word: string) => {
    const tag = /^(?:tag|étiquette|etiquette):(.+)$/iu.exec(word)?.[1];
    const chip = tag ? { among: `tag:${tag}` as const } : TYPED[word.toLowerCase()];
    if (!chip) return whole;
    taken = { ...taken, ...chip };
    return "";
  });
  return { text: rest, chips: taken };
}

/** The name of the tag, when it is one that narrows the conversations down. */
export const tagOf = (among: Among | null): string | null =>
  among?.startsWith("tag:") ? among.slice("tag:".length) : null;

/** How the server is asked for them. */
export function narrowedTo(among: Among | null): { is?: SearchAmong; tag?: string } {
  const tag = tagOf(among);
  if (tag !== null) return { tag };
  return among === null ? {} : { is: among as SearchAmong };
}

/** Takes the last chip away. */
export function dropChip(chips: Chips): Chips {
  return chips.among !== null ? { ...chips, among: null } : NO_CHIPS;
}

/** Whether a conversation is among those that count. */
export function isAmong(among: Among | null, conversation: Conversation | undefined, me: string): boolean {
  const tag = tagOf(among);
  // A tag of several words is found by how it begins: a space ends the chip.
  if (tag !== null) return conversation?.tags?.some((it) => fold(it).startsWith(fold(tag))) ?? false;
  switch (among) {
    case null:
      return true;
    case "mine":
      return conversation?.state === "open" && conversation.assignee_id === me;
    case "snoozed":
      return conversation?.snoozed_until != null;
    default:
      return conversation?.state === among;
  }
}
