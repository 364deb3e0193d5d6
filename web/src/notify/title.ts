import { useEffect } from "react";
import { useWatched } from "../inbox/context";
import { useWords } from "../words/words";

/** The tab's title tells in how many conversations of the agent somebody waits for an answer. */
export function useTitle(name: string | null): void {
  const { words } = useWords();
  const waiting = useWatched("counts", (inbox) => inbox.counts().waiting);
  useEffect(() => {
    const place = name ? `${name} · ${words.product}` : words.product;
    document.title = waiting > 0 ? `(${waiting}) ${place}` : place;
    return () => {
      document.title = words.product;
    };
  }, [waiting, name, words]);
}
