import type { Conversation, HoldUntil, Message } from "../api/types";
import { decided } from "./decisions";
import { type HeldIntent, type Intent, isDecision } from "./intent";

/** What lies over the server's truth for one conversation. */
export interface Over {
  intents: readonly Intent[];
  /** Read up to here, on its way. */
  readSeq: number;
}

/** The header as the agent sees it: the truth with the unconfirmed intents replayed on top. */
export function overlay(truth: Conversation, over: Over): Conversation {
  let shown = truth;
  for (const intent of over.intents) {
    if (intent.held) continue;
    if (isDecision(intent)) shown = decided(shown, intent);
    if (intent.kind === "withdraw" || intent.kind === "retime") shown = withHeld(shown, intent);
    if (intent.kind !== "edit" && intent.kind !== "delete") continue;
    const last = shown.last_message;
    if (last?.id === intent.message) shown = { ...shown, last_message: amended(last, over.intents) };
  }
  // Whoever sends and closes has done with it, although the server waits a moment.
  const closes =
    shown.held?.some((it) => it.waits_for === "undo" && it.then_close) ||
    over.intents.some((it) => it.kind === "reply" && it.thenClose && !it.held && isMoment(it.hold));
  if (closes) shown = decided(shown, { kind: "state", state: "closed" });
  // The server counts; a receipt on its way can only mean fewer, and only "none" is certain.
  if (over.readSeq >= shown.last_seq && shown.unread > 0) shown = { ...shown, unread: 0 };
  return shown;
}

const isMoment = (hold: HoldUntil | undefined): boolean => hold?.type === "seconds";

/** What is held, without what was taken back, and at the times that were chosen. */
function withHeld(header: Conversation, intent: HeldIntent): Conversation {
  const held = (header.held ?? []).flatMap((reply) => {
    if (reply.id !== intent.message) return [reply];
    if (intent.kind === "retime") return [{ ...reply, waits_for: "time" as const, send_at: intent.sendAt }];
    return intent.kind === "withdraw" ? [] : [reply];
  });
  return { ...header, held };
}

/** A message as its author wants it: with other words, or none any more. The same object when nothing lies over it. */
export function amended(truth: Message, intents: readonly Intent[]): Message {
  let shown = truth;
  for (const intent of intents) {
    if (intent.held || shown.deleted_at) continue;
    if (intent.kind === "delete" && intent.message === truth.id)
      shown = { ...shown, parts: [], deleted_at: intent.at };
    if (intent.kind === "edit" && intent.message === truth.id)
      shown = { ...shown, parts: edited(shown.parts, intent.text), edited_at: intent.at };
  }
  return shown;
}

/** The words take the place of all text, where the first of it stood. */
function edited(parts: Message["parts"], text: string): Message["parts"] {
  const place = parts.findIndex((part) => part.type === "text");
  if (place < 0) return parts;
  const others = parts.slice(place).filter((part) => part.type !== "text");
  return [...parts.slice(0, place), { type: "text", text }, ...others];
}

/** The words of a message that can be edited; none: it cannot. */
export function wordsOf({ parts, deleted_at }: Message): string | null {
  const texts = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  return deleted_at || texts.length === 0 ? null : texts.join("\n");
}
