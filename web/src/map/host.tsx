import { createContext, type ReactNode, use, useCallback, useEffect, useRef, useState } from "react";
import type { LivePart, LocationPart, Message } from "../api/types";
import { useWatched } from "../inbox/context";
import { Late } from "../ui/late";
import { type Trails, trailsOf } from "./trail";

const mapDialog = () => import("./mapdialog");

/** A part with a place, as the server tells it. */
export type PlacePart = LocationPart | LivePart;

const Context = createContext<((part: PlacePart) => void) | null>(null);

/** Opens the interactive map at a place; null where there is none to open. */
export const useMap = (): ((part: PlacePart) => void) | null => use(Context);

/** What is shown: the part itself, and where it stands, so that it is found again when it has moved. */
interface Shown {
  part: PlacePart;
  message: string | null;
  place: number;
}

const isPlace = (part: Message["parts"][number] | undefined): part is PlacePart =>
  part?.type === "location" || part?.type === "live_location";

/**
 * All that is inside can open the one interactive map, whose script comes with the first. It stands around the thread and
 * not in it: a message that is scrolled out of sight does not take its map along.
 */
export function MapHost({ conversation, children }: { conversation: string; children: ReactNode }) {
  const { messages } = useWatched(`thread:${conversation}`, (inbox) => inbox.thread(conversation));
  const [shown, setShown] = useState<Shown | null>(null);
  const trails = useRef<Trails>(new Map());
  trails.current = trailsOf(trails.current, messages);
  const latest = useRef(messages);
  latest.current = messages;
  const open = useCallback((part: PlacePart) => {
    const message = latest.current.find(({ parts }) => parts.includes(part));
    setShown({ part, message: message?.id ?? null, place: message?.parts.indexOf(part) ?? 0 });
  }, []);
  const close = useCallback(() => setShown(null), []);
  const message = shown?.message ? messages.find(({ id }) => id === shown.message) : undefined;
  // Taken back or erased meanwhile: there is no place any more.
  const isGone = shown?.message != null && (!message || message.deleted_at != null);
  const now = message?.parts[shown?.place ?? 0];
  useEffect(() => {
    if (isGone) close();
  }, [isGone, close]);
  // Where the focus was may be out of sight, and with it out of the page, by now.
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !shown && document.activeElement === document.body)
      document.getElementById("thread")?.focus();
    wasOpen.current = shown !== null;
  }, [shown]);
  return (
    <Context value={open}>
      {children}
      {shown && !isGone && (
        <Late
          panel={mapDialog}
          props={{
            part: isPlace(now) ? now : shown.part,
            trail: trails.current.get(shown.message ?? "") ?? [],
            onClose: close,
          }}
        />
      )}
    </Context>
  );
}
