import type { Asked, HoldUntil, Mention, Message, Part } from "../api/types";
import type { Decision } from "./decisions";

/** Why an intent does not go on by itself. */
export type Held =
  /** The server refused it for good; the person can change something and try again, or discard it. */
  | { why: "refused"; code: string }
  /** Somebody wrote since `seenSeq`: the person looks at these messages and decides. */
  | { why: "moved"; unseen: Message[] };

interface Base {
  /** The id of the message or note, also of one that goes with an assignment; for others a key of the outbox alone. */
  id: string;
  conversation: string;
  /** When it was written, as a time to show. */
  at: string;
  /** The tab that sends it; another adopts it when that one is gone. */
  tab: string;
  /** The order in which intents were made. */
  order: number;
  /** Not sent before this moment, in unix milliseconds: until then it can be had back. Leaving the page ends it. */
  until?: number;
  held?: Held;
}

/** A file of a reply: what is shown of it until the server says what it is. */
export interface ReplyFile {
  id: string;
  name: string;
  bytes: number;
  mediaType: string;
}

/** It goes out once all its files are on the server. */
export type ReplyIntent = Base & {
  kind: "reply";
  text: string;
  seenSeq: number;
  files?: readonly ReplyFile[];
  /** The message that it answers. */
  quote?: string;
  /** What it asks the user for; its words say what it is for. */
  asks?: Asked;
  /** The server holds it until then; absent: it goes out at once. */
  hold?: HoldUntil;
  /** The server closes the conversation as it goes out. */
  thenClose?: boolean;
};
export type NoteIntent = Base & { kind: "note"; text: string; mentions?: readonly Mention[] };
export type DecisionIntent = Base &
  Decision & {
    /** Only once this reply is sent; dropped if the reply is. */
    after?: string;
  };

/** Other words for an own message. */
export type EditIntent = Base & { kind: "edit"; message: string; text: string };
/** An own message is taken back. */
export type DeleteIntent = Base & { kind: "delete"; message: string };

/** What becomes of a reply that the server holds: taken back, sent now, another time, back to its author. */
export type HeldIntent = Base & { message: string } & (
    | { kind: "withdraw" }
    | { kind: "release"; seenSeq: number; parts?: readonly Part[] }
    | { kind: "retime"; sendAt: string }
    | { kind: "giveBack"; note: string }
  );

/** Something that the agent did and the server has not confirmed yet. Stored before it is sent. */
export type Intent = ReplyIntent | NoteIntent | DecisionIntent | EditIntent | DeleteIntent | HeldIntent;

/** Whether it is a decision about the conversation, and no words in it. */
export const isDecision = (intent: Intent): intent is DecisionIntent => !WORDS.has(intent.kind);

const WORDS: ReadonlySet<Intent["kind"]> = new Set([
  "reply",
  "note",
  "edit",
  "delete",
  "withdraw",
  "release",
  "retime",
  "giveBack",
]);
