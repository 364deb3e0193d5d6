import type { Conversation } from "../api/types";
import type { Intent } from "./intent";

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
    if (intent.kind === "assign") shown = { ...shown, assignee_id: intent.agent };
    if (intent.kind === "state") shown = { ...shown, state: intent.state };
  }
  // The server counts; a receipt on its way can only mean fewer, and only "none" is certain.
  if (over.readSeq >= shown.last_seq && shown.unread > 0) shown = { ...shown, unread: 0 };
  return shown;
}
