// What the agent did last, and how to have it back. A reply can be had back while it is held; a decision by deciding the
// other way, unless somebody has decided anew since. A message that is deleted is held for a moment, too.
import type { Decision } from "./decisions";

export interface Change {
  conversation: string;
  /** The intent that makes it. */
  intent: string;
  /** What has it back. */
  back: Decision;
}

export type Deed =
  | { kind: "reply" | "delete"; conversation: string; intent: string }
  /** A view that was changed or deleted, and what has it back. */
  | { kind: "view"; name: string; isGone: boolean; back: () => Promise<unknown> }
  | { kind: "decision"; decision: Decision; changes: readonly Change[] };

export interface Done {
  id: number;
  deed: Deed;
  /** When it was done, in unix milliseconds. */
  at: number;
}

/** Deeds that can be had back one after the other. */
const KEPT = 20;
/**
 * For how long `Z` means what was done last, in milliseconds. Whoever presses it later has something else in mind, and
 * colleagues have gone on from there.
 */
export const FRESH_MS = 10 * 60_000;

/** The last deeds, the newest last. */
export class Deeds {
  private list: readonly Done[] = [];
  private count = 0;

  last(now: number): Done | null {
    const last = this.list.at(-1);
    return last && now - last.at <= FRESH_MS ? last : null;
  }

  add(deed: Deed, at: number): void {
    this.count++;
    this.list = [...this.list, { id: this.count, deed, at }].slice(-KEPT);
  }

  /** Takes the last deed off the list. */
  take(now: number): Done | null {
    const last = this.last(now);
    this.list = this.list.slice(0, -1);
    return last;
  }

  /** The replies that might be had back. */
  replies(): { conversation: string; intent: string; at: number }[] {
    return this.list.flatMap(({ deed, at }) => (deed.kind === "reply" ? [{ ...deed, at }] : []));
  }

  /**
   * Something that was written then is out. Whoever presses `Z` now means that: what they did before it stays, or an answer
   * that went out a second too early would reopen what was closed an hour ago.
   */
  wentOut(at: number): boolean {
    const rest = this.list.filter((done) => done.at > at);
    const isGone = rest.length < this.list.length;
    this.list = rest;
    return isGone;
  }

  /** A reply or a deletion that was had back otherwise, or discarded, cannot be had back any more. */
  settled(intent: string): boolean {
    const rest = this.list.filter(({ deed }) => !("intent" in deed) || deed.intent !== intent);
    const isGone = rest.length < this.list.length;
    this.list = rest;
    return isGone;
  }
}
