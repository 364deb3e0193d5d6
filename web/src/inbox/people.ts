import type { Conversation } from "../api/types";

/** How a conversation's user is called here. */
export function userName(conversation: Conversation, anonymous: string): string {
  const { name, email, external_id } = conversation.user;
  return name || email || external_id || anonymous;
}
