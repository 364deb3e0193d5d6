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
  readonly #lasting: string | null;

  /**
   * `holdsMs`: for so long an answer is not asked for again; `size`: so many are kept; `lasting`: the name under which they
   * outlive the page too, which few and small ones may.
   */
  constructor(holdsMs: number, size: number, lasting: string | null = null) {
    this.#holdsMs = holdsMs;
    this.#size = size;
    this.#lasting = lasting;
  }

  /** What was answered last, however long ago. */
  last(inbox: Inbox, key: string): T | undefined {
    return this.#kept.get(inbox)?.get(key)?.answer;
  }

  isFresh(inbox: Inbox, key: string): boolean {
    const found = this.#kept.get(inbox)?.get(key);
    return found !== undefined && Date.now() - found.at < this.#holdsMs;
  }

  /** Brings to mind what an earlier page was answered; whether there is anything. It is old: the server is asked all the same. */
  async recall(inbox: Inbox, key: string): Promise<boolean> {
    if (this.last(inbox, key) !== undefined) return true;
    if (!this.#lasting) return false;
    const found = await inbox.memory.remembered(`${this.#lasting} ${key}`).catch(() => undefined);
    // The server may have been faster.
    if (found !== undefined && this.last(inbox, key) === undefined) this.#put(inbox, key, 0, found as T);
    return found !== undefined;
  }

  keep(inbox: Inbox, key: string, answer: T): void {
    this.#put(inbox, key, Date.now(), answer);
    if (this.#lasting) void inbox.memory.putRemembered(`${this.#lasting} ${key}`, answer).catch(() => {});
  }

  #put(inbox: Inbox, key: string, at: number, answer: T): void {
    const kept = this.#kept.get(inbox) ?? new Map<string, Kept<T>>();
    this.#kept.set(inbox, kept);
    kept.delete(key);
    kept.set(key, { at, answer });
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
    if (answers.last(inbox, key) === undefined)
      void answers.recall(inbox, key).then((isHere) => isHere && !isOver && setLost((old) => ({ ...old })));
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
