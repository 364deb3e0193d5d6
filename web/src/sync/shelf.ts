import { type Conversation, type Filter, VIEWS, type View } from "../api/types";
import { belongs } from "./views";

/** A view that is narrowed down, or in another order, as it stands in an address: `all;tag=VIP;agent=agt_…;order=waiting`. */
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
/** Of these somebody may wait. */
export const takesOrder = (view: View): boolean => ["mine", "unassigned", "all"].includes(view);
export const takesAgent = (view: View): boolean => ["all", "snoozed", "closed"].includes(view);

export const isListed = (shelf: Shelf): shelf is Listed => shelf !== "drafts";
export const isNarrow = (shelf: Shelf): shelf is Narrow => shelf.includes(";");
/** The view that a list is made of. */
export const baseOf = (listed: Listed): View => (listed.split(";")[0] ?? "all") as View;

const AGENT = /^agt_[0-9a-z]{26}$/;
const APP = /^app_[0-9a-z]{26}$/;
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
    else if (key === "app" && APP.test(said)) filter.app_id = said;
    else if (key === "priority" && (said === "urgent" || said === "high" || said === "normal"))
      filter.priority = said;
    else if (key === "order" && said === "waiting" && takesOrder(view)) filter.order = said;
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
export function listedOf({ view = "all", tag, agent_id, app_id, priority, order }: Filter): Listed {
  const parts = [
    tag && `tag=${encoded(tag)}`,
    agent_id && `agent=${agent_id}`,
    app_id && `app=${app_id}`,
    priority && `priority=${priority}`,
    order === "waiting" && "order=waiting",
  ].filter(Boolean);
  return parts.length > 0 ? `${view};${parts.join(";")}` : view;
}

/** Whether a list begins with who waits longest. */
export const isByWait = (shelf: Shelf): boolean => shelf.endsWith(";order=waiting");

/** The same list in the other order; null: it has but one. */
export function reordered(shelf: Shelf): Listed | null {
  const filter = isListed(shelf) ? filterOf(shelf) : null;
  if (!filter?.view || !takesOrder(filter.view)) return null;
  return listedOf({ ...filter, order: isByWait(shelf) ? "newest" : "waiting" });
}

/** What makes a tag one, as the server says: without case, accents and what stands around it. */
export const foldTag = (tag: string): string =>
  tag.trim().normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether a list holds a conversation, for the agent who looks. */
export function holds(listed: Listed, me: string): (conversation: Conversation) => boolean {
  const { view = "all", tag, agent_id, app_id, priority, order } = filterOf(listed) ?? { view: "all" };
  const wanted = tag && foldTag(tag);
  return (it) =>
    belongs(view, it, me) &&
    (!wanted || (it.tags?.some((known) => foldTag(known) === wanted) ?? false)) &&
    (!agent_id || it.assignee_id === agent_id) &&
    (!app_id || it.app_id === app_id) &&
    (!priority || (it.priority ?? "normal") === priority) &&
    (!order || Boolean(it.waiting_since));
}
