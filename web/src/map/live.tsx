import type { LivePart } from "../api/types";
import { useMinute } from "../inbox/clock";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { PlaceCard } from "./card";

/** A place that moves for a while: the last one, its age, the end. When it is over there is none. */
export default function LiveCard({ part }: { part: LivePart }) {
  const { words, format } = useWords();
  const now = Math.max(useMinute(), Date.now());
  const until = part.until ? new Date(part.until) : null;
  // The server's word of the end may be on its way, or the connection gone: no place is shown beyond its time.
  const isOver = part.ended || (until !== null && until.getTime() <= now);
  const ends =
    isOver || !until ? words.map.liveEnded : words.map.liveUntil(format.when(until, new Date(now)));
  if (isOver || !part.last) {
    return (
      <p data-live={isOver ? "ended" : "nowhere"} className="flex items-center gap-2 text-sm">
        <Icon name="globe" size="small" />
        <span>
          {words.part.live} · {ends}
          {!isOver && ` · ${words.map.liveNowhere}`}
        </span>
      </p>
    );
  }
  const { location, received_at } = part.last;
  const age = now - new Date(received_at).getTime();
  const seen = age < 60_000 ? words.map.liveNow : words.map.liveSeen(format.duration(age));
  return (
    <div data-live="moving">
      <PlaceCard
        place={{ ...location, type: "location", label: words.part.live, measured_at: null }}
        note={`${ends} · ${seen}`}
      />
    </div>
  );
}
