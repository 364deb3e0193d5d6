import { useMemo } from "react";
import type { LivePart } from "../api/types";
import { useMinute } from "../inbox/clock";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { PlaceCard } from "./card";
import { shareOf } from "./share";

/** A place that moves for a while: the last one, its age, the end. When it is over there is none. */
export default function LiveCard({ part }: { part: LivePart }) {
  const { words, format } = useWords();
  const minute = useMinute();
  const share = useMemo(
    () => shareOf(part, Math.max(minute, Date.now()), words, format),
    [part, minute, words, format],
  );
  if (!share.place) {
    return (
      <p data-live={share.isOver ? "ended" : "nowhere"} className="flex items-center gap-2 text-sm">
        <Icon name="globe" size="small" />
        <span>
          {words.part.live} · {share.ends}
          {!share.isOver && ` · ${words.map.liveNowhere}`}
        </span>
      </p>
    );
  }
  return (
    <div data-live="moving">
      <PlaceCard place={share.place} of={part} note={`${share.ends} · ${share.seen}`} />
    </div>
  );
}
