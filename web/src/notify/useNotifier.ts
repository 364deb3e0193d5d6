import { useEffect, useRef } from "react";
import { useInbox } from "../inbox/context";
import { useWords } from "../words/words";
import type { Screen } from "./notifier";

/** Tells of what arrives while this page is open; its script is fetched after the first picture. */
export function useNotifier(open: string | null, onOpen: (conversation: string) => void): void {
  const inbox = useInbox();
  const { words } = useWords();
  const screen = useRef<Screen>({ open, words, onOpen });
  useEffect(() => {
    screen.current = { open, words, onOpen };
  });
  useEffect(() => {
    let stop: (() => void) | null = null;
    let isGone = false;
    import("./notifier").then(
      ({ startNotifier }) => {
        if (!isGone) stop = startNotifier(inbox, () => screen.current);
      },
      () => {},
    );
    return () => {
      isGone = true;
      stop?.();
    };
  }, [inbox]);
}
