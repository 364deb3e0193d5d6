// What an agent decides about a conversation. Each decision changes fields of its header, shows at once, and is had back by
// deciding the other way.
import type { Conversation, ConversationState, Priority } from "../api/types";

export type Decision =
  | {
      kind: "assign";
      agent: string | null;
      /** Who has it, as the agent saw; the server refuses when somebody else does. Absent: whom the page shows. */
      seen?: string | null;
      /** What whoever gets it should know: a note that mentions them. */
      words?: string;
    }
  | { kind: "state"; state: ConversationState }
  /** Put aside until then; null: it comes back now. */
  | { kind: "snooze"; to: string | null }
  | { kind: "priority"; priority: Priority }
  /** Into another conversation of the same user; null: it stands by itself again. */
  | { kind: "merge"; into: string | null }
  | { kind: "tags"; add: readonly string[]; remove: readonly string[] };

/** The conversation in which this one goes on; null: it stands by itself. */
export const mergedInto = ({ merged_into: into }: Conversation): string | null =>
  into && !into.parted ? into.conversation_id : null;

/** Two tags that differ in case or accents only are one. */
const fold = (tag: string): string => tag.trim().normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

const hasTag = (tags: readonly string[], tag: string): boolean =>
  tags.some((known) => fold(known) === fold(tag));

const retagged = (
  tags: readonly string[],
  { add, remove }: { add: readonly string[]; remove: readonly string[] },
): string[] => {
  const kept = tags.filter((tag) => !hasTag(remove, tag));
  const all = [...kept, ...add.filter((tag) => !hasTag(kept, tag))];
  return all.sort((a, b) => (fold(a) < fold(b) ? -1 : 1));
};

/** The header as a decision leaves it. */
export function decided(header: Conversation, decision: Decision): Conversation {
  switch (decision.kind) {
    case "assign": {
      // How it came there, the server says in a moment.
      const { routed: _, ...rest } = header;
      return { ...rest, assignee_id: decision.agent };
    }
    case "state": {
      const { snoozed_until: _, woke_at: __, ...rest } = header;
      return decision.state === "closed" ? { ...rest, state: "closed" } : { ...header, state: "open" };
    }
    case "snooze": {
      const { snoozed_until: _, woke_at: __, ...rest } = header;
      return decision.to === null ? rest : { ...rest, snoozed_until: decision.to };
    }
    case "priority":
      return { ...header, priority: decision.priority };
    case "merge": {
      const { merged_into: _, snoozed_until: __, woke_at: ___, ...rest } = header;
      if (decision.into === null) return { ...rest, state: "open" };
      const { active_at, last_seq, assignee_id } = header;
      // Who, when and what the other is called, the server says in a moment.
      const told = { conversation_id: decision.into, at: active_at, after_seq: last_seq };
      return {
        ...rest,
        state: "closed",
        waiting_since: null,
        merged_into: { ...told, agent_id: assignee_id ?? "" },
      };
    }
    case "tags":
      return { ...header, tags: retagged(header.tags ?? [], decision) };
  }
}

/** The decision that has a conversation back as it is now; null when the decision would change nothing. */
export function inverse(now: Conversation, decision: Decision): Decision | null {
  if (isDone(now, decision)) return null;
  switch (decision.kind) {
    case "assign":
      return { kind: "assign", agent: now.assignee_id ?? null };
    case "state":
      return { kind: "state", state: now.state };
    case "snooze":
      return { kind: "snooze", to: now.snoozed_until ?? null };
    case "priority":
      return { kind: "priority", priority: now.priority ?? "normal" };
    case "merge":
      return { kind: "merge", into: mergedInto(now) };
    case "tags": {
      const has = (tag: string) => hasTag(now.tags ?? [], tag);
      return {
        kind: "tags",
        add: decision.remove.filter(has),
        remove: decision.add.filter((tag) => !has(tag)),
      };
    }
  }
}

/** Whether a conversation stands as a decision leaves it. */
export function isDone(now: Conversation | undefined, decision: Decision): boolean {
  if (!now) return false;
  switch (decision.kind) {
    case "assign":
      return (now.assignee_id ?? null) === decision.agent;
    case "state":
      return now.state === decision.state;
    case "snooze":
      return (now.snoozed_until ?? null) === decision.to;
    case "priority":
      return (now.priority ?? "normal") === decision.priority;
    case "merge":
      return mergedInto(now) === decision.into;
    case "tags": {
      const has = (tag: string) => hasTag(now.tags ?? [], tag);
      return decision.add.every(has) && !decision.remove.some(has);
    }
  }
}
