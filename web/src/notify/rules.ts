import type { AgentNotifications, Conversation } from "../api/types";

/** How an agent is told of a message now. */
export interface Telling {
  sound: boolean;
  desktop: boolean;
}

const NOTHING: Telling = { sound: false, desktop: false };

/** How the agent wants to be told of a user's message in this conversation. */
export function tellingOf(
  conversation: Conversation,
  me: string,
  wishes: AgentNotifications,
  now: Date,
): Telling {
  // A message opens what was closed; one that does not, says what the user thinks and asks nothing.
  if (conversation.state === "closed") return NOTHING;
  const assignee = conversation.assignee_id ?? null;
  const isTheirs = assignee === me;
  if (!isTheirs && assignee !== null) return NOTHING;
  if (isQuiet(wishes, now)) return NOTHING;
  const { sound, desktop } = isTheirs ? wishes.assigned : wishes.unassigned;
  return { sound, desktop };
}

/** How the agent wants to be told of a note that mentions them. */
export function tellingOfMention(wishes: AgentNotifications, now: Date): Telling {
  if (isQuiet(wishes, now)) return NOTHING;
  const { sound, desktop } = wishes.mentioned;
  return { sound, desktop };
}

/** Whether this moment lies in the quiet hours, by this clock. They may go over midnight; from and until the same is the whole day. */
export function isQuiet({ quiet_hours }: AgentNotifications, now: Date): boolean {
  if (!quiet_hours) return false;
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const [from, until] = [minutes(quiet_hours.from), minutes(quiet_hours.until)];
  const at = now.getHours() * 60 + now.getMinutes();
  return from < until ? at >= from && at < until : at >= from || at < until;
}

/** Where a message arrives in this browser, seen from one tab. */
export interface Here {
  /** This tab has the focus. */
  isFront: boolean;
  /** Another tab of the inbox has it. */
  isFrontElsewhere: boolean;
  /** This tab speaks for all when none has the focus. */
  isLeader: boolean;
  /** The conversation that stands in this tab. */
  open: string | null;
}

/** Whether it is this tab that tells: the one that is looked at, or else the leader; and not of what stands in front. */
export function tells({ isFront, isFrontElsewhere, isLeader, open }: Here, conversation: string): boolean {
  if (isFront) return open !== conversation;
  return isLeader && !isFrontElsewhere;
}
