// What stands in the field of the palette: words, and chips that narrow them down. A chip may be typed (`in:notes`) or
// pressed; both end as the same thing.
import type { Conversation, SearchAmong, SearchIn } from "../api/types";
import { fold } from "../words/fold";

/** What to look through: `everything` is commands, what is in memory, and the server's messages and people. */
export type Scope = "everything" | SearchIn;
/** Which conversations count: those of a kind, or those with a tag. */
export type Among = SearchAmong | `tag:${string}`;

export interface Chips {
  scope: Scope;
  among: Among | null;
  /** With whom: the beginning of a name, an address, a customer number. */
  from?: string;
  /** The agent who has it. */
  assignee?: string;
  /** Said on this day or later, as `2026-11-22`. */
  after?: string;
  /** Said earlier than this day. */
  before?: string;
}

/** Whom a conversation can be with. */
export type Agents = Iterable<{ id: string; name: string }>;

export const NO_CHIPS: Chips = { scope: "everything", among: null };

/** What begins a chip, in both languages at once: who knows one of them is understood in either. */
const OPERATORS = {
  in: "in",
  dans: "in",
  is: "is",
  est: "is",
  tag: "tag",
  etiquette: "tag",
  from: "from",
  de: "from",
  assignee: "assignee",
  attribuee: "assignee",
  after: "after",
  apres: "after",
  before: "before",
  avant: "before",
} as const;
export type Operator = (typeof OPERATORS)[keyof typeof OPERATORS];

/** The values that are words of their own. */
const VALUES: Partial<Record<Operator, Record<string, Partial<Chips>>>> = {
  in: {
    messages: { scope: "messages" },
    notes: { scope: "notes" },
    people: { scope: "people" },
    personnes: { scope: "people" },
  },
  is: {
    mine: { among: "mine" },
    mienne: { among: "mine" },
    unassigned: { among: "unassigned" },
    libre: { among: "unassigned" },
    open: { among: "open" },
    ouverte: { among: "open" },
    snoozed: { among: "snoozed" },
    pausee: { among: "snoozed" },
    closed: { among: "closed" },
    fermee: { among: "closed" },
  },
  assignee: {
    me: { among: "mine" },
    moi: { among: "mine" },
    nobody: { among: "unassigned" },
    personne: { among: "unassigned" },
  },
};

/** Days that have a name. */
const DAYS: Record<string, number> = { today: 0, "aujourd'hui": 0, "aujourd’hui": 0, yesterday: 1, hier: 1 };

/** Those that the server takes, too; any of them ends what any begins. */
const QUOTES = '"“”«»';
const TYPED = new RegExp(
  `(?<=^|\\s)(\\p{L}+):([${QUOTES}][^${QUOTES}]+[${QUOTES}]|[^\\s${QUOTES}]+)\\s`,
  "gu",
);
/** What may become one, at the very end of a text. */
const LAST = new RegExp(
  `(?<=^|\\s)(\\p{L}+):(?:[${QUOTES}][^${QUOTES}]*[${QUOTES}]?|[^\\s${QUOTES}]*)$`,
  "u",
);
const EDGES = new RegExp(`^[${QUOTES}]|[${QUOTES}]$`, "g");

function operatorOf(word: string): Operator | undefined {
  const name = fold(word);
  return Object.hasOwn(OPERATORS, name) ? OPERATORS[name as keyof typeof OPERATORS] : undefined;
}

/** What a chip says that was typed; null: its value is none that it knows. */
function chipOf(operator: Operator, value: string, agents: Agents, now: Date): Partial<Chips> | null {
  const said = fold(value);
  if (said === "") return null;
  const known = VALUES[operator];
  if (known && Object.hasOwn(known, said)) return known[said] ?? null;
  switch (operator) {
    case "tag":
      return { among: `tag:${value}` };
    case "from":
      return /[\p{L}\p{N}]/u.test(value) ? { from: value } : null;
    case "assignee": {
      const found = [...agents].find(({ name }) => fold(name).startsWith(said));
      return found ? { assignee: found.id } : null;
    }
    case "after":
    case "before": {
      const day = dayOf(said, now);
      return day === null ? null : { [operator]: day };
    }
    default:
      return null;
  }
}

function dayOf(said: string, now: Date): string | null {
  const ago = Object.hasOwn(DAYS, said) ? DAYS[said] : undefined;
  if (ago !== undefined) return isoOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - ago));
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(said);
  const day = parts && new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  return day && isoOf(day) === said ? said : null;
}

const two = (number: number) => String(number).padStart(2, "0");
const isoOf = (day: Date) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;

/** A value without its quotes, and without the spaces that French puts inside of them. */
const bare = (value: string) => value.replace(EDGES, "").trim();

/** Takes out of a text the chips that are typed to their end, with the space after them. */
export function takeChips(
  text: string,
  chips: Chips,
  agents: Agents = [],
  now = new Date(),
): { text: string; chips: Chips } {
  let taken = chips;
  const rest = text.replace(TYPED, (whole, word: string, value: string) => {
    const operator = operatorOf(word);
    const chip = operator && chipOf(operator, bare(value), agents, now);
    if (!chip) return whole;
    taken = { ...taken, ...chip };
    return "";
  });
  return { text: rest, chips: taken };
}

/** Where the chip begins that is being typed at the very end of a text; -1: there is none. */
function lastOf(text: string): number {
  const last = LAST.exec(text);
  return last?.[1] && operatorOf(last[1]) ? last.index : -1;
}

/** Whether a text ends in a chip that lacks nothing but the space after it. */
export const endsInChip = (text: string): boolean =>
  lastOf(text) >= 0 && unknownChip(`${text.slice(lastOf(text))} `) !== null;

/**
 * What is asked while somebody types. A chip at the very end counts as soon as its value is known; until then it is none of
 * the words, or what was found would go and come with each of its letters.
 */
export function askedOf(
  text: string,
  chips: Chips,
  agents: Agents = [],
  now = new Date(),
): { text: string; chips: Chips } {
  const last = lastOf(text);
  if (last < 0) return { text, chips };
  return { text: text.slice(0, last), chips: takeChips(`${text.slice(last)} `, chips, agents, now).chips };
}

/** The first chip of a text that says what nobody knows; null: there is none. */
export function unknownChip(text: string): { operator: Operator; typed: string } | null {
  for (const [, word = "", value = ""] of text.matchAll(TYPED)) {
    const operator = operatorOf(word);
    // What is known was taken out of the text when its space was typed.
    if (operator) return { operator, typed: `${word}:${value}` };
  }
  return null;
}

/** The name of the tag, when it is one that narrows the conversations down. */
export const tagOf = (among: Among | null): string | null =>
  among?.startsWith("tag:") ? among.slice("tag:".length) : null;

/** The first moment of a day, where this browser is. */
export function momentOf(day: string): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date);
}

/** What the server is asked for. */
export interface Narrowed {
  is?: SearchAmong;
  tag?: string;
  from?: string;
  assignee_id?: string;
  since?: string;
  until?: string;
}

/** How the server is asked for them. */
export function narrowedTo({ among, from, assignee, after, before }: Chips): Narrowed {
  const tag = tagOf(among);
  return {
    ...(tag !== null ? { tag } : among !== null && { is: among as SearchAmong }),
    ...(from && { from }),
    ...(assignee && { assignee_id: assignee }),
    ...(after && { since: momentOf(after).toISOString() }),
    ...(before && { until: momentOf(before).toISOString() }),
  };
}

/** Whether anything but the scope narrows down. */
export const isNarrowed = (chips: Chips): boolean => Object.keys(narrowedTo(chips)).length > 0;

const LAST_FIRST = ["before", "after", "assignee", "from"] as const;

/** The chips without one of them. */
export function without(chips: Chips, name: (typeof LAST_FIRST)[number]): Chips {
  const { [name]: _, ...rest } = chips;
  return rest;
}

/** Takes the last chip away. */
export function dropChip(chips: Chips): Chips {
  const last = LAST_FIRST.find((name) => chips[name] !== undefined);
  if (last) return without(chips, last);
  return chips.among !== null ? { ...chips, among: null } : NO_CHIPS;
}

/** Whether a conversation is among those that count, by what agents decide about it. */
export function isAmong(
  { among, assignee }: Pick<Chips, "among" | "assignee">,
  conversation: Conversation | undefined,
  me: string,
): boolean {
  if (assignee && conversation?.assignee_id !== assignee) return false;
  const tag = tagOf(among);
  // A tag of several words is found by how it begins, too.
  if (tag !== null) return conversation?.tags?.some((it) => fold(it).startsWith(fold(tag))) ?? false;
  switch (among) {
    case null:
      return true;
    case "mine":
      return conversation?.state === "open" && conversation.assignee_id === me;
    case "unassigned":
      return conversation?.state === "open" && !conversation.assignee_id;
    case "snoozed":
      return conversation?.snoozed_until != null;
    default:
      return conversation?.state === among;
  }
}

/** Whether a conversation that is in memory fits all of the chips; of when something was said in it, as far as its header tells. */
export function fits(chips: Chips, conversation: Conversation, me: string): boolean {
  const { from, after, before } = chips;
  const { user, active_at, created_at } = conversation;
  const wanted = from && fold(from).split(/\s+/u);
  const known = [user.name, user.email, user.external_id].map((it) => ` ${fold(it ?? "")}`);
  const isFrom = !wanted || wanted.every((word) => known.some((it) => it.includes(` ${word}`)));
  return (
    isFrom &&
    isAmong(chips, conversation, me) &&
    (!after || Date.parse(active_at) >= momentOf(after).getTime()) &&
    (!before || Date.parse(created_at) < momentOf(before).getTime())
  );
}
