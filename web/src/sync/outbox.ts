// The outbox as a state machine: (state, event) -> (state, effects). Intents are sent in order within a conversation, and
// conversations in which something was written before the others; one that is held steps aside; nothing is given up by
// itself.
import type { Message, Problem } from "../api/types";
import { backoff, type Random } from "./backoff";
import { type Intent, isDecision } from "./intent";

export interface Outbox {
  /** In the order they were made. */
  intents: readonly Intent[];
  /** Those that are with the server now. */
  sending: ReadonlySet<string>;
  /** Files that are whole on the server: a reply waits for all of its own. */
  files: ReadonlySet<string>;
  /** Rounds that were lost in a row. */
  failures: number;
  /** Waiting for a timer or a wake-up. */
  isPaused: boolean;
  /** Nothing is sent while nobody is signed in. */
  isStopped: boolean;
}

export type OutboxEvent =
  /** An intent that is already in the database. */
  | { on: "stored"; intent: Intent }
  | { on: "done"; id: string }
  | { on: "refused"; id: string; problem: Problem }
  | { on: "lost"; id: string; retryAfterMs: number | null }
  | { on: "signed_out"; id?: string }
  | { on: "signed_in" }
  /** The pause is over, or the network came back. */
  | { on: "wake" }
  /** The time in which an intent could be had back is over. */
  | { on: "release"; id: string }
  /** A file is whole on the server. */
  | { on: "file"; id: string }
  /** A file was refused for good: its reply needs the person. */
  | { on: "file_refused"; id: string; code: string }
  | { on: "retry"; id: string }
  | { on: "send_anyway"; id: string; seenSeq: number }
  | { on: "discard"; id: string };

export type OutboxEffect =
  | { do: "send"; intent: Intent }
  /** The intent changed: store it again. */
  | { do: "store"; intent: Intent }
  | { do: "forget"; intent: Intent }
  | { do: "wait"; ms: number }
  /** Say "release" when the time of this intent has come. */
  | { do: "hold"; id: string; until: number }
  /** An assignment or a state was refused: its overlay is gone, and the person must hear why. */
  | { do: "tell"; intent: Intent; problem: Problem }
  | { do: "sign_in" };

/** Requests at once. */
const LANES = 4;

export const emptyOutbox: Outbox = {
  intents: [],
  sending: new Set(),
  files: new Set(),
  failures: 0,
  isPaused: false,
  isStopped: false,
};

export function stepOutbox(box: Outbox, event: OutboxEvent, random: Random): [Outbox, OutboxEffect[]] {
  const effects: OutboxEffect[] = [];
  const next = settle(box, event, random, effects);
  return [launch(next, effects), effects];
}

function settle(box: Outbox, event: OutboxEvent, random: Random, effects: OutboxEffect[]): Outbox {
  switch (event.on) {
    case "stored":
      return stored(box, event.intent, effects);
    case "done":
      return { ...removed(box, event.id, effects), failures: 0 };
    case "refused":
      return refused(landed(box, event.id), event.id, event.problem, effects);
    case "lost": {
      const failures = box.isPaused ? box.failures : box.failures + 1;
      if (!box.isPaused) effects.push({ do: "wait", ms: event.retryAfterMs ?? backoff(failures, random) });
      return { ...landed(box, event.id), failures, isPaused: true };
    }
    case "signed_out":
      effects.push({ do: "sign_in" });
      return { ...(event.id ? landed(box, event.id) : box), isStopped: true };
    case "signed_in":
      return { ...box, isStopped: false, isPaused: false, failures: 0 };
    case "wake":
      return { ...box, isPaused: false };
    case "release":
      return changed(box, event.id, effects, ({ until: _, ...intent }) => intent as Intent);
    case "file":
      return { ...box, files: new Set(box.files).add(event.id) };
    case "file_refused": {
      const reply = box.intents.find(
        (it) => it.kind === "reply" && it.files?.some(({ id }) => id === event.id),
      );
      if (!reply) return box;
      return changed(box, reply.id, effects, ({ until: _, ...intent }) => ({
        ...(intent as Intent),
        held: { why: "refused", code: event.code },
      }));
    }
    case "retry":
      return changed(box, event.id, effects, ({ held: _, ...intent }) => intent as Intent);
    case "send_anyway":
      return changed(box, event.id, effects, ({ held: _, ...intent }) =>
        intent.kind === "reply" ? { ...intent, seenSeq: event.seenSeq } : (intent as Intent),
      );
    case "discard":
      return discarded(box, event.id, effects);
  }
}

function refused(box: Outbox, id: string, problem: Problem, effects: OutboxEffect[]): Outbox {
  const intent = box.intents.find((known) => known.id === id);
  if (!intent) return box;
  if (intent.kind !== "reply" && intent.kind !== "note") {
    effects.push({ do: "tell", intent, problem });
    return removed(box, id, effects);
  }
  const unseen: Message[] = problem.unseen ?? [];
  return changed(box, id, effects, (it) => ({
    ...it,
    held:
      problem.code === "conversation_moved"
        ? { why: "moved", unseen }
        : { why: "refused", code: problem.code },
  }));
}

function discarded(box: Outbox, id: string, effects: OutboxEffect[]): Outbox {
  const dependent = box.intents.filter((known) => isDecision(known) && known.after === id);
  return [id, ...dependent.map((intent) => intent.id)].reduce(
    (left, gone) => removed(left, gone, effects),
    box,
  );
}

function stored(box: Outbox, intent: Intent, effects: OutboxEffect[]): Outbox {
  if (box.intents.some((known) => known.id === intent.id)) return box;
  if (intent.until !== undefined) effects.push({ do: "hold", id: intent.id, until: intent.until });
  return inserted(box, intent);
}

function inserted(box: Outbox, intent: Intent): Outbox {
  const intents = [...box.intents, intent].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
  return { ...box, intents };
}

function removed(box: Outbox, id: string, effects: OutboxEffect[]): Outbox {
  const intent = box.intents.find((known) => known.id === id);
  if (!intent) return landed(box, id);
  effects.push({ do: "forget", intent });
  return { ...landed(box, id), intents: box.intents.filter((known) => known.id !== id) };
}

function changed(
  box: Outbox,
  id: string,
  effects: OutboxEffect[],
  change: (intent: Intent) => Intent,
): Outbox {
  const intents = box.intents.map((known) => {
    if (known.id !== id) return known;
    const intent = change(known);
    effects.push({ do: "store", intent });
    return intent;
  });
  return { ...box, intents };
}

function landed(box: Outbox, id: string): Outbox {
  const sending = new Set(box.sending);
  sending.delete(id);
  return { ...box, sending };
}

/** Whether a reply's files are still on their way. */
export const waitsForFiles = (box: Outbox, intent: Intent): boolean =>
  intent.kind === "reply" && (intent.files ?? []).some(({ id }) => !box.files.has(id));

/**
 * Whether an earlier intent of the same conversation must be through before this one. `late`: the earlier one waits for
 * files, its own or those of a reply before it. That may take long: what is no reply goes past it.
 */
function isBehind(intent: Intent, earlier: Intent, late: boolean): boolean {
  const isItsReply = isDecision(intent) && intent.after === earlier.id;
  if (late) return isItsReply || intent.kind === "reply";
  if (!earlier.held) return true;
  const isLaterReply = intent.kind === "reply" && earlier.held.why === "moved";
  return isItsReply || isLaterReply;
}

/**
 * The order in which lanes are given out. Behind a thousand conversations that are closed at once, an answer to somebody
 * would wait for most of a minute: conversations in which something is written go first, each in its own order.
 */
function wordsFirst(intents: readonly Intent[]): readonly Intent[] {
  const isWritten = (it: Intent) => !it.held && (!isDecision(it) || it.after !== undefined);
  const written = new Set(intents.filter(isWritten).map(({ conversation }) => conversation));
  if (written.size === 0) return intents;
  const isFirst = ({ conversation }: Intent) => written.has(conversation);
  return [...intents.filter(isFirst), ...intents.filter((it) => !isFirst(it))];
}

/** Sends what may go. */
function launch(box: Outbox, effects: OutboxEffect[]): Outbox {
  if (box.isPaused || box.isStopped || box.sending.size >= LANES) return box;
  const sending = new Set(box.sending);
  const earlier = new Map<string, Intent[]>();
  const late = new Set<string>();
  for (const intent of wordsFirst(box.intents)) {
    if (sending.size >= LANES) break;
    const before = earlier.get(intent.conversation) ?? [];
    if (before.length === 0) earlier.set(intent.conversation, before);
    if (isLate(box, intent, before, late)) late.add(intent.id);
    const isBehindOne = before.some((other) => isBehind(intent, other, late.has(other.id)));
    before.push(intent);
    if (intent.held || intent.until !== undefined || sending.has(intent.id)) continue;
    if (isBehindOne || waitsForFiles(box, intent)) continue;
    sending.add(intent.id);
    effects.push({ do: "send", intent });
  }
  return { ...box, sending };
}

/** Whether an intent waits for files, its own or those of what it comes after. */
function isLate(box: Outbox, intent: Intent, before: readonly Intent[], late: ReadonlySet<string>): boolean {
  if (intent.held) return false;
  if (waitsForFiles(box, intent)) return true;
  return late.size > 0 && before.some((it) => late.has(it.id) && isBehind(intent, it, true));
}
