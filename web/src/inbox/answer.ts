import { useCallback, useEffect, useState } from "react";
import type { Outcome } from "../api/client";
import type { Inbox } from "../sync/inbox";
import { useInbox } from "./context";

/** Who goes through the list asks for none of what they pass. */
export const PASSING_MS = 400;

interface Kept<T> {
  at: number;
  answer: T;
}

/** What the server answered the agent who is signed in, kept for when they come back; in memory, and the oldest go first. */
export class Answers<T> {
  readonly #kept = new WeakMap<Inbox, Map<string, Kept<T>>>();
  readonly #holdsMs: number;
  readonly #size: number;

  /** `holdsMs`: for so long an answer is not asked for again; `size`: so many are kept. */
  constructor(holdsMs: number, size: number) {
    this.#holdsMs = holdsMs;
    this.#size = size;
  }

  /** What was answered last, however long ago. */
  last(inbox: Inbox, key: string): T | undefined {
    return this.#kept.get(inbox)?.get(key)?.answer;
  }

  isFresh(inbox: Inbox, key: string): boolean {
    const found = this.#kept.get(inbox)?.get(key);
    return found !== undefined && Date.now() - found.at < this.#holdsMs;
  }

  keep(inbox: Inbox, key: string, answer: T): void {
    const kept = this.#kept.get(inbox) ?? new Map<string, Kept<T>>();
    this.#kept.set(inbox, kept);
    kept.delete(key);
    kept.set(key, { at: Date.now(), answer });
    for (const oldest of kept.keys()) {
      if (kept.size <= this.#size) break;
      kept.delete(oldest);
    }
  }
}

export interface Asked<T> {
  /** The answer; an older one while a newer one is on its way. */
  answer: T | undefined;
  /** The server did not answer, and there is nothing to show. */
  isLost: boolean;
  again: () => void;
}

const HAD = { key: null };

/** Asks the server for something that a screen shows besides, unless its answer still holds. `key` null: for nothing. */
export function useAnswer<T>(
  answers: Answers<T>,
  key: string | null,
  ask: (key: string) => Promise<Outcome<T>>,
  afterMs: number,
): Asked<T> {
  const inbox = useInbox();
  // Which of the keys could not be had last; a new object when one could, so that the screen is drawn anew.
  const [lost, setLost] = useState<{ key: string | null }>(HAD);
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew with each turn
  useEffect(() => {
    if (key === null || answers.isFresh(inbox, key)) return;
    let isOver = false;
    const timer = setTimeout(async () => {
      const outcome = await ask(key);
      if (outcome.kind === "done") answers.keep(inbox, key, outcome.value);
      if (!isOver) setLost({ key: outcome.kind === "done" ? null : key });
    }, afterMs);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [answers, inbox, key, ask, afterMs, turn]);
  const again = useCallback(() => {
    setLost(HAD);
    setTurn((old) => old + 1);
  }, []);
  const answer = key === null ? undefined : answers.last(inbox, key);
  return { answer, isLost: key !== null && lost.key === key && answer === undefined, again };
}
