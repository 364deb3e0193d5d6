import { type Conversation, type Filter, VIEWS, type View } from "../api/types";
import { belongs } from "./views";

/** A view that is narrowed down, as it stands in an address: `all;tag=VIP;agent=agt_…`. */
export type Narrow = `${View};${string}`;
/** A list that the server pages. */
export type Listed = View | Narrow;
/** The lists that an agent goes through: the server's, and the drafts, of which only this browser knows. */
export type Shelf = Listed | "drafts";

export const SHELVES = [...VIEWS, "drafts"] as const;
/** Those that can be narrowed down. */
export const NARROWABLE = [
  "mine",
  "unassigned",
  "all",
  "snoozed",
  "closed",
] as const satisfies readonly View[];
export const takesAgent = (view: View): boolean => ["all", "snoozed", "closed"].includes(view);

export const isListed = (shelf: Shelf): shelf is Listed => shelf !== "drafts";
export const isNarrow = (shelf: Shelf): shelf is Narrow => shelf.includes(";");
/** The view that a list is made of. */
export const baseOf = (listed: Listed): View => (listed.split(";")[0] ?? "all") as View;

const AGENT = /^agt_[0-9a-z]{26}$/;
const TAG_BYTES = 48;

/** Reads what an address says; null: it means nothing. */
export function filterOf(text: string): Filter | null {
  const [first, ...rest] = text.split(";");
  const view = VIEWS.find((known) => known === first);
  if (!view || (rest.length > 0 && !NARROWABLE.some((known) => known === view))) return null;
  const filter: Filter = { view };
  for (const part of rest) {
    const [key, value = ""] = [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)];
    const said = decoded(value)?.trim();
    if (!said) return null;
    if (key === "tag" && new TextEncoder().encode(said).length <= TAG_BYTES) filter.tag = said;
    else if (key === "agent" && AGENT.test(said) && takesAgent(view)) filter.agent_id = said;
    else return null;
  }
  return filter;
}

/** Signs that mean something in an address stand as `~` and their bytes; letters stay as they are. */
const encoded = (text: string): string =>
  text.replace(/[^\p{L}\p{N}._-]/gu, (sign) =>
    [...new TextEncoder().encode(sign)].map((byte) => `~${byte.toString(16).padStart(2, "0")}`).join(""),
  );

function decoded(text: string): string | null {
  try {
    return text.replace(/(?:~[0-9a-f]{2})+/g, (bytes) => decodeURIComponent(bytes.replaceAll("~", "%")));
  } catch {
    return null;
  }
}

/** The list of a filter; the same filter is always the same text. */
export function listedOf({ view = "all", tag, agent_id }: Filter): Listed {
  const parts = [...(tag ? [`tag=${encoded(tag)}`] : []), ...(agent_id ? [`agent=${agent_id}`] : [])];
  return parts.length > 0 ? `${view};${parts.join(";")}` : view;
}

/** What makes a tag one, as the server says: without case, accents and what stands around it. */
export const foldTag = (tag: string): string =>
  tag.trim().normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether a list holds a conversation, for the agent who looks. */
export function holds(listed: Listed, me: string): (conversation: Conversation) => boolean {
  const { view = "all", tag, agent_id } = filterOf(listed) ?? { view: "all" };
  const wanted = tag && foldTag(tag);
  return (it) =>
    belongs(view, it, me) &&
    (!wanted || (it.tags?.some((known) => foldTag(known) === wanted) ?? false)) &&
    (!agent_id || it.assignee_id === agent_id);
}
