// By when answers are due in the rows of a list: asked of the server together, for all that came to the screen in a moment.
import { useEffect, useReducer } from "react";
import { api } from "../../api/client";
import type { Inbox } from "../../sync/inbox";
import { useInbox } from "../context";

/** The server reckons anew as often. */
const HOLDS_MS = 5 * 60_000;
/** Rows that pass while somebody scrolls are not asked for: they must stand for so long. While much comes, it is one request in that time. */
const SOON_MS = 1_000;
const AT_ONCE = 50;
const KEPT = 500;

/** What was answered the agent who is signed in. A key is a conversation and since when somebody waits in it. */
class Dues {
  readonly known = new Map<string, { at: number; due: string | null }>();
  private readonly wanted = new Map<string, Set<() => void>>();
  private isSoon = false;

  want(key: string, tell: () => void): void {
    this.wanted.set(key, (this.wanted.get(key) ?? new Set()).add(tell));
    if (this.isSoon) return;
    this.isSoon = true;
    setTimeout(() => void this.ask(), SOON_MS);
  }

  leave(key: string, tell: () => void): void {
    const tells = this.wanted.get(key);
    tells?.delete(tell);
    if (tells?.size === 0) this.wanted.delete(key);
  }

  private async ask(): Promise<void> {
    const keys = [...this.wanted.keys()].slice(0, AT_ONCE);
    const tells = keys.flatMap((key) => [...(this.wanted.get(key) ?? [])]);
    for (const key of keys) this.wanted.delete(key);
    this.isSoon = this.wanted.size > 0;
    if (this.isSoon) setTimeout(() => void this.ask(), SOON_MS);
    if (keys.length === 0) return;
    const outcome = await api.due(keys.map(idOf));
    // Without an answer the rows say what they said.
    if (outcome.kind !== "done") return;
    const dues = new Map(outcome.value.conversations.map((one) => [one.conversation_id, one.due_at]));
    for (const key of keys) {
      this.known.delete(key);
      this.known.set(key, { at: Date.now(), due: dues.get(idOf(key)) ?? null });
    }
    for (const oldest of this.known.keys()) {
      if (this.known.size <= KEPT) break;
      this.known.delete(oldest);
    }
    for (const tell of tells) tell();
  }
}

const idOf = (key: string) => key.slice(0, key.indexOf(" "));

const books = new WeakMap<Inbox, Dues>();

function duesOf(inbox: Inbox): Dues {
  const dues = books.get(inbox) ?? new Dues();
  books.set(inbox, dues);
  return dues;
}

/** By when an answer is due in a conversation in which somebody waits since then; null: not known, or not yet. */
export function useRowDue(id: string, since: string): string | null {
  const dues = duesOf(useInbox());
  const [, tell] = useReducer((turn: number) => turn + 1, 0);
  const key = `${id} ${since}`;
  const at = dues.known.get(key)?.at;
  useEffect(() => {
    const want = () => dues.want(key, tell);
    const left = at === undefined ? 0 : at + HOLDS_MS - Date.now();
    if (left <= 0) want();
    // A list that stands for long is asked for again.
    const again = setTimeout(want, left > 0 ? left : HOLDS_MS);
    return () => {
      clearTimeout(again);
      dues.leave(key, tell);
    };
  }, [dues, key, at]);
  return dues.known.get(key)?.due ?? null;
}
