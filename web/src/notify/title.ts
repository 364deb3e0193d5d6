import { useEffect } from "react";
import { useWatched } from "../inbox/context";
import { useWords } from "../words/words";

/** The tab's title tells how many conversations are the agent's. */
export function useTitle(name: string | null): void {
  const { words } = useWords();
  const mine = useWatched("counts", (inbox) => inbox.counts().mine);
  useEffect(() => {
    const place = name ? `${name} · ${words.product}` : words.product;
    document.title = mine > 0 ? `(${mine}) ${place}` : place;
    return () => {
      document.title = words.product;
    };
  }, [mine, name, words]);
}
