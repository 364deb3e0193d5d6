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

/** The last deeds, the newest last. */
export class Deeds {
  private list: readonly Done[] = [];
  private count = 0;

  last(): Done | null {
    return this.list.at(-1) ?? null;
  }

  add(deed: Deed, at: number): void {
    this.count++;
    this.list = [...this.list, { id: this.count, deed, at }].slice(-KEPT);
  }

  /** Takes the last deed off the list. */
  take(): Done | null {
    const last = this.last();
    this.list = this.list.slice(0, -1);
    return last;
  }

  /** The replies that might be had back. */
  replies(): { conversation: string; intent: string }[] {
    return this.list.flatMap(({ deed }) => (deed.kind === "reply" ? [deed] : []));
  }

  /** A reply or a deletion that has gone out, or was discarded, cannot be had back any more. */
  settled(intent: string): boolean {
    const rest = this.list.filter(({ deed }) => !("intent" in deed) || deed.intent !== intent);
    const isGone = rest.length < this.list.length;
    this.list = rest;
    return isGone;
  }
}
