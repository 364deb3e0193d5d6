// Conversations and messages for tests, and randomness that repeats; only tests import this.

import type { Change, ChangePage, Conversation, HeldReply, Message } from "../api/types";
import type { UploadsApi } from "../api/uploads";

export const EPOCH = "00000000000000aa";
export const TEAM = "team_01h2xcejqtf2nbrexx3vqjhp41";
export const ME = "agt_01h2xcejqtf2nbrexx3vqjhp41";

/** mulberry32: small, and the same on every machine. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** For what attaches nothing. */
export const withoutFiles = {
  uploads: {} as UploadsApi,
  alone: <T>(_: string, task: () => Promise<T>): Promise<T> => task(),
};

export const timeAt = (ms: number): string => new Date(1_700_000_000_000 + ms).toISOString();
export const cursorAt = (seq: number): string => `${EPOCH}.${seq}`;

export function conversation(id: string, more: Partial<Conversation> = {}): Conversation {
  return {
    id,
    app_id: "app_01h2xcejqtf2nbrexx3vqjhp41",
    team_id: TEAM,
    user: { id: `usr of ${id}`, name: "Camille", verified: true },
    assignee_id: null,
    state: "open",
    last_seq: 0,
    receipts: { user_delivered_seq: 0, user_read_seq: 0, team_read_seq: 0 },
    unread: 0,
    created_at: timeAt(0),
    active_at: timeAt(0),
    ...more,
  };
}

/** A reply that the server holds for a moment. */
export function heldReply(id: string, more: Partial<HeldReply> = {}): HeldReply {
  return {
    id,
    agent_id: ME,
    agent_name: "Ana",
    parts: [{ type: "text", text: "too quick" }],
    held_at: timeAt(0),
    waits_for: "undo",
    send_at: timeAt(5_000),
    ...more,
  };
}

export function message(conversationId: string, seq: number, more: Partial<Message> = {}): Message {
  return {
    id: `msg ${conversationId} ${seq}`,
    conversation_id: conversationId,
    seq,
    author: { kind: "user", id: `usr of ${conversationId}` },
    parts: [{ type: "text", text: `${seq}` }],
    sent_at: timeAt(seq * 1_000),
    ...more,
  };
}

export function page(changes: Change[], conversations: Conversation[]): ChangePage {
  return { changes, conversations, cursor: cursorAt(changes.at(-1)?.seq ?? 0), more: false };
}
