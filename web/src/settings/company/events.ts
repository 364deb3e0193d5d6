import type { WebhookEvent } from "../api";

/** What a webhook can be told of, as it is chosen; every webhook gets the test. */
export const EVENTS = {
  conversations: [
    "conversation.opened",
    "conversation.closed",
    "conversation.reopened",
    "conversation.assigned",
    "conversation.snoozed",
    "conversation.woken",
    "conversation.prioritised",
    "conversation.tagged",
    "conversation.merged",
    "conversation.unmerged",
    "conversation.erased",
  ],
  messages: ["message.received", "message.sent", "message.edited", "message.deleted"],
  notes: ["note.added"],
} as const satisfies Record<string, readonly WebhookEvent[]>;

type Missing = Exclude<WebhookEvent, (typeof EVENTS)[keyof typeof EVENTS][number] | "test">;
/** An event that the server knows and nobody can choose here fails the build. */
export const complete: Missing extends never ? true : Missing = true;
