import { useEffect, useState } from "react";
import { api } from "../../api/client";
import type { Conversation, Expected } from "../../api/types";

/** For so long what the server reckoned holds; it reckons anew every five minutes. */
const HOLDS_MS = 5 * 60_000;
/** Who goes through the list asks for none of what they pass. */
const PASSING_MS = 400;
/** So many conversations are remembered. */
const KEPT = 200;

interface Kept {
  at: number;
  expected: Expected;
}

const kept = new Map<string, Kept>();

/** Who waits since when: what is due changes with it. */
const keyOf = ({ id, state, waiting_since }: Conversation) => `${id} ${state} ${waiting_since ?? ""}`;

const fresh = (key: string): Expected | undefined => {
  const found = kept.get(key);
  return found && Date.now() - found.at < HOLDS_MS ? found.expected : undefined;
};

function keep(key: string, expected: Expected): void {
  kept.delete(key);
  kept.set(key, { at: Date.now(), expected });
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
}

/** When an answer is due, and what the user is told of it; undefined until the server has said it, and while it does not. */
export function useExpected(conversation: Conversation, isWanted: boolean): Expected | undefined {
  const key = keyOf(conversation);
  const { id } = conversation;
  const [said, setSaid] = useState<{ key: string; expected: Expected }>();
  useEffect(() => {
    if (!isWanted || fresh(key)) return;
    let isOver = false;
    const ask = setTimeout(async () => {
      const outcome = await api.expected(id);
      if (outcome.kind !== "done") return;
      keep(key, outcome.value);
      if (!isOver) setSaid({ key, expected: outcome.value });
    }, PASSING_MS);
    return () => {
      isOver = true;
      clearTimeout(ask);
    };
  }, [id, key, isWanted]);
  if (!isWanted) return undefined;
  return said?.key === key ? said.expected : fresh(key);
}
