// What a page leaves behind so that the next one shows something at once: the server's truth at one cursor, cut to what
// a person is likely to look at first. From there the feed goes on as if the page had never been closed.
import {
  type Agent,
  type Colleague,
  type Conversation,
  type MapTiles,
  type Message,
  type Note,
  type Part,
  VIEWS,
  type View,
  type ViewCounts,
} from "../api/types";
import type { Horizon } from "./views";

/** Grows when the shape changes: what an older page left is then not read. */
const VERSION = 5;
/** A session lasts a week unless the operator said otherwise; what is older is not shown without asking the server. */
const OLDEST_MS = 7 * 24 * 3_600_000;

/** How far down a view was fetched, and what to ask for the next page. */
export interface Reach {
  horizon: Horizon;
  next: string | null;
}

export interface Snapshot {
  version: number;
  /** Unix milliseconds. */
  savedAt: number;
  agent: Agent;
  agents: readonly Colleague[];
  /** As the bootstrap says; absent in what an older page left. */
  mapAddress?: string | null;
  mapTiles?: MapTiles | null;
  /** The cursor of each team's feed at which the rest was true. */
  cursors: readonly (readonly [team: string, cursor: string])[];
  counts: ViewCounts;
  conversations: readonly Conversation[];
  /** Null: the view was never asked for. */
  reaches: Readonly<Record<View, Reach | null>>;
  threads: readonly { id: string; messages: readonly Message[]; notes: readonly Note[] }[];
}

/** What a browser keeps may outlive the end of a share: where somebody is stays out of it. */
export const stamped = (parts: Omit<Snapshot, "version">): Snapshot => ({
  version: VERSION,
  ...parts,
  conversations: parts.conversations.map((header) =>
    header.last_message && hasPlace(header.last_message)
      ? {
          ...header,
          last_message: { ...header.last_message, parts: header.last_message.parts.map(withoutPlace) },
        }
      : header,
  ),
  // The thread is fetched again, with the place as it is then.
  threads: parts.threads.filter(({ messages }) => !messages.some(hasPlace)),
});

const hasPlace = ({ parts }: Message): boolean =>
  parts.some((part) => part.type === "live_location" && part.last);

const withoutPlace = (part: Part): Part => (part.type === "live_location" ? { ...part, last: null } : part);

/** Takes what the browser kept, if it is of this version, of this agent and not too old. */
export function readSnapshot(kept: unknown, agent: string, now: number): Snapshot | null {
  const snapshot = kept as Snapshot | null | undefined;
  if (typeof snapshot !== "object" || snapshot === null || snapshot.version !== VERSION) return null;
  const age = now - snapshot.savedAt;
  if (snapshot.agent?.id !== agent || !(age >= 0 && age < OLDEST_MS)) return null;
  const isWhole = Array.isArray(snapshot.conversations) && VIEWS.every((view) => view in snapshot.reaches);
  return isWhole && snapshot.cursors.length > 0 ? snapshot : null;
}
