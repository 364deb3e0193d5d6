import { filterOf, listedOf, type Shelf } from "./sync/shelf";

/**
 * Where the agent is: a view, perhaps a conversation in it, perhaps at one message. It is the address, so that it can be
 * shared and reloaded.
 */
export interface Place {
  view: Shelf;
  conversation: string | null;
  /** The number of a message; null: the end. */
  message: number | null;
}

export const HOME: Place = { view: "mine", conversation: null, message: null };

export function pathOf({ view, conversation, message }: Place): string {
  if (!conversation) return `/${view}`;
  return message === null ? `/${view}/${conversation}` : `/${view}/${conversation}/${message}`;
}

/** Reads an address; one that means nothing is home. */
export function placeOf(path: string): Place {
  const [first, second, third] = path.split("/").filter(Boolean);
  const filter = filterOf(first ?? "");
  const view = first === "drafts" ? first : filter && listedOf(filter);
  if (!view) return HOME;
  const conversation = second && /^cnv_[0-9a-z]{26}$/.test(second) ? second : null;
  const message = conversation && third && /^[1-9][0-9]{0,8}$/.test(third) ? Number(third) : null;
  return { view, conversation, message };
}

/** Whether an address is that of the reports. */
export function isReports(path: string): boolean {
  return path.split("/").filter(Boolean)[0] === "reports";
}

/** The section of the settings that an address names; null: it is not theirs. */
export function settingsOf(path: string): string | null {
  const [first, second] = path.split("/").filter(Boolean);
  return first === "settings" ? (second ?? "") : null;
}
