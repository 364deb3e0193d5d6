// What stands in the field of the palette: words, and chips that narrow them down. A chip may be typed (`in:notes`) or
// pressed; both end as the same thing.
import type { Conversation, SearchIn } from "../api/types";

/** What to look through: `everything` is commands, what is in memory, and the server's messages and people. */
export type Scope = "everything" | SearchIn;
/** Which conversations count. */
export type Among = "mine" | "open" | "closed";

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
  "is:closed": { among: "closed" },
  "dans:messages": { scope: "messages" },
  "dans:notes": { scope: "notes" },
  "dans:personnes": { scope: "people" },
  "est:mienne": { among: "mine" },
  "est:ouverte": { among: "open" },
  "est:fermee": { among: "closed" },
  "est:fermée": { among: "closed" },
};

/** Takes out of a text the chips that are typed to their end, with the space after them. */
export function takeChips(text: string, chips: Chips): { text: string; chips: Chips } {
  let taken = chips;
  const rest = text.replace(/(?<=^|\s)(\p{L}+:\p{L}+)\s/gu, (whole, word: string) => {
    const chip = TYPED[word.toLowerCase()];
    if (!chip) return whole;
    taken = { ...taken, ...chip };
    return "";
  });
  return { text: rest, chips: taken };
}

/** Takes the last chip away. */
export function dropChip(chips: Chips): Chips {
  return chips.among !== null ? { ...chips, among: null } : NO_CHIPS;
}

/** Whether a conversation is among those that count. */
export function isAmong(among: Among | null, conversation: Conversation | undefined, me: string): boolean {
  switch (among) {
    case null:
      return true;
    case "mine":
      return conversation?.state === "open" && conversation.assignee_id === me;
    case "open":
    case "closed":
      return conversation?.state === among;
  }
}
