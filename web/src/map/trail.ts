// Where places that are shared live have been since the conversation was opened here: in this page's memory only, and gone
// with the end of the share, as the server forgets it.
import type { Message } from "../api/types";
import type { Place } from "./view";

interface Step extends Place {
  number: number;
}

/** By message: the places before the last one, the earliest first. */
export type Trails = ReadonlyMap<string, readonly Step[]>;

/** The newest of them that are kept. */
const MOST = 200;

/** The trails after what the messages say now. The last of each is where they are. */
export function trailsOf(before: Trails, messages: readonly Message[]): Trails {
  const trails = new Map<string, readonly Step[]>();
  for (const { id, parts, deleted_at } of messages) {
    const part = deleted_at ? undefined : parts.find(({ type }) => type === "live_location");
    if (part?.type !== "live_location" || part.ended || !part.last) continue;
    const { number, location } = part.last;
    const known = before.get(id) ?? [];
    const { latitude, longitude } = location;
    const last = known.at(-1);
    const isNew = !last || number > last.number;
    const hasMoved = last?.latitude !== latitude || last.longitude !== longitude;
    trails.set(id, isNew && hasMoved ? [...known, { number, latitude, longitude }].slice(-MOST) : known);
  }
  return trails;
}
