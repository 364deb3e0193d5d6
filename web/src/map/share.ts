// A place that moves for a while, in words: until when, how old it is, and when it is over.
import type { LivePart, LocationPart } from "../api/types";
import type { Messages } from "../words/en";
import type { Format } from "../words/format";

export interface Share {
  isOver: boolean;
  /** Until when, or that it has ended. */
  ends: string;
  /** How old the place is; null when there is none. */
  seen: string | null;
  /** The place as a part of its own, while there is one. */
  place: LocationPart | null;
}

export function shareOf(part: LivePart, now: number, words: Messages, format: Format): Share {
  const until = part.until ? new Date(part.until) : null;
  // The server's word of the end may be on its way, or the connection gone: no place is shown beyond its time.
  const isOver = part.ended || (until !== null && until.getTime() <= now);
  const ends =
    isOver || !until ? words.map.liveEnded : words.map.liveUntil(format.when(until, new Date(now)));
  if (isOver || !part.last) return { isOver, ends, seen: null, place: null };
  const { location, received_at } = part.last;
  const age = now - new Date(received_at).getTime();
  return {
    isOver,
    ends,
    seen: age < 60_000 ? words.map.liveNow : words.map.liveSeen(format.duration(age)),
    place: { ...location, type: "location", label: words.part.live, measured_at: null },
  };
}
