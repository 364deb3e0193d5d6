import { useState } from "react";
import { useWatched } from "../inbox/context";
import { GoAway } from "./goaway";
import { WhileAway } from "./whileaway";

/** The switch: goes away until a time; while away, comes back, or hands over what is the agent's. */
export default function AvailabilityPanel({ onClose }: { onClose: () => void }) {
  const isAway = useWatched("away", (inbox) => inbox.away.has(inbox.me.id));
  const [isChanging, setChanging] = useState(false);
  return isAway && !isChanging ? (
    <WhileAway onChange={() => setChanging(true)} onClose={onClose} />
  ) : (
    <GoAway onGone={() => setChanging(false)} onClose={onClose} />
  );
}
