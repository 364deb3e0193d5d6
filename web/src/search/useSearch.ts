import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Hit, SearchIn } from "../api/types";
import { useInbox } from "../inbox/context";
import { type Chips, isAmong, narrowedTo } from "./query";

export interface Found {
  /** `idle`: nothing was asked; `away`: no answer, what stands here is of the last one that came. */
  status: "idle" | "busy" | "done" | "away";
  hits: readonly Hit[];
  next: string | null;
  /** False while the server makes its index anew: old messages may be missing. */
  isComplete: boolean;
}

const NOTHING: Found = { status: "idle", hits: [], next: null, isComplete: true };

/** Fast typists ask once, not at each key. */
const QUIET_MS = 180;
/** Fewer letters find everything, and nothing of use. */
const SHORTEST = 2;
/** Pages that are asked for at once: of what is rare the server may find nothing in one, and more behind it. */
const PAGES = 4;
const ENOUGH = 20;

/**
 * Asks the server while somebody types; an answer that was overtaken is not shown. `within` null asks nothing; people are looked for
 * by the words of a chip, too, when there are no others.
 */
export function useSearch(text: string, within: SearchIn | null, chips: Chips) {
  const inbox = useInbox();
  const [found, setFound] = useState<Found>(NOTHING);
  const asked = useRef(0);
  const q = text.trim() || (within === "people" ? (chips.from ?? "") : "");
  const isAsked = within !== null && q.length >= SHORTEST;

  const ask = useCallback(
    async (before: string | null, known: readonly Hit[]) => {
      if (!within) return;
      const turn = ++asked.current;
      const hits = [...known];
      let next = before;
      let isComplete = true;
      for (let page = 0; page < PAGES && hits.length - known.length < ENOUGH; page++) {
        const outcome = await inbox.search({ q, in: within, ...narrowedTo(chips) }, next);
        if (turn !== asked.current) return;
        if (outcome.kind !== "done") {
          // A refusal is a text that cannot be looked for, such as one of signs alone: nothing is found by it.
          const status = outcome.kind === "refused" ? "done" : "away";
          return setFound((old) => ({ ...old, hits: status === "done" ? [] : old.hits, next: null, status }));
        }
        const { value } = outcome;
        // What this page has just decided holds, though the server may not know of it yet.
        hits.push(
          ...value.hits.filter((hit) => isAmong(chips, inbox.conversation(hit.conversation_id), inbox.me.id)),
        );
        isComplete &&= value.complete;
        next = value.next ?? null;
        if (next === null) break;
      }
      setFound({ status: "done", hits, next, isComplete });
    },
    [inbox, q, within, chips],
  );

  useEffect(() => {
    if (!isAsked) {
      asked.current++;
      return setFound(NOTHING);
    }
    setFound((old) => ({ ...old, status: "busy" }));
    const timer = setTimeout(() => void ask(null, []), QUIET_MS);
    return () => clearTimeout(timer);
  }, [isAsked, ask]);

  const more = useCallback(() => {
    if (found.status !== "done" || found.next === null) return;
    setFound({ ...found, status: "busy" });
    void ask(found.next, found.hits);
  }, [ask, found]);

  return useMemo(() => ({ ...found, more }), [found, more]);
}
