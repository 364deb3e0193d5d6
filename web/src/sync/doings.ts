// What an agent decides, and having the last deeds back.
import type { Conversation } from "../api/types";
import type { Answers } from "./answers";
import type { Courier } from "./courier";
import { type Decision, inverse, isDone } from "./decisions";
import { type Deed, Deeds, type Done } from "./deeds";
import type { DecisionIntent, Intent, ReplyIntent } from "./intent";
import type { Signals } from "./signals";

/** What deciding needs of the inbox around it. */
export interface DoingsWorld {
  courier: Courier;
  answers: () => Answers;
  signals: Signals;
  conversation: (id: string) => Conversation | undefined;
  base: (conversation: string, prefix: "int" | "note") => Omit<ReplyIntent, "kind" | "text" | "seenSeq">;
  now: () => number;
}

export class Doings {
  private readonly deeds = new Deeds();

  constructor(private readonly world: DoingsWorld) {}

  /**
   * Decides about conversations. Those that stand so already stay as they are; what was written to whoever has one already
   * goes to them, and there is nothing to have back.
   */
  async decide(conversations: readonly string[], decision: Decision): Promise<void> {
    const { world } = this;
    const hasWords = decision.kind === "assign" && Boolean(decision.words);
    const changes = conversations.flatMap((conversation) => {
      const now = world.conversation(conversation);
      const back = now && inverse(now, decision);
      return now && (back || hasWords) ? [{ made: this.intentOf(now, decision), back }] : [];
    });
    await world.courier.takeAll(changes.map(({ made }) => made));
    const done = changes.flatMap(({ made: { conversation, id: intent }, back }) =>
      back ? [{ conversation, intent, back }] : [],
    );
    this.did({ kind: "decision", decision, changes: done });
  }

  /** A decision about a conversation as it is shown now: whoever has it by then otherwise is not overwritten. */
  private intentOf(now: Conversation, decision: Decision): DecisionIntent {
    const { base } = this.world;
    if (decision.kind !== "assign") return { ...base(now.id, "int"), ...decision };
    const { seen = now.assignee_id ?? null, words } = decision;
    return { ...base(now.id, words ? "note" : "int"), ...decision, seen };
  }

  /** Keeps what has a view back that was changed or deleted. */
  changedView(name: string, isGone: boolean, back: () => Promise<unknown>): void {
    this.did({ kind: "view", name, isGone, back });
  }

  /** What was done last and can be had back. */
  last = (): Done | null => this.deeds.last(this.world.now());

  /** How many changes of the last deed the server has not confirmed. */
  leftOfLast = (): number => {
    const deed = this.last()?.deed;
    if (deed?.kind !== "decision") return 0;
    return deed.changes.filter(({ intent }) => this.world.courier.has(intent)).length;
  };

  /** Has the last deed back; answers the conversation it was about, for showing it again. */
  async undo(): Promise<string | null> {
    const { courier, answers, conversation, base, signals } = this.world;
    const done = this.deeds.take(this.world.now());
    signals.touch("deeds");
    if (!done) return null;
    const { deed } = done;
    if (deed.kind === "view") {
      await deed.back();
      return null;
    }
    if ("intent" in deed) {
      const { kind, conversation: id, intent } = deed;
      if (kind === "reply") return (await answers().haveBack(id, intent)) ? id : null;
      // No decision has a deletion back that may have arrived: it goes on.
      if (!this.isNowhere(intent)) return null;
      answers().discard(intent);
      return id;
    }
    const inverses: Intent[] = [];
    for (const { conversation: id, intent, back } of deed.changes) {
      if (!isDone(conversation(id), deed.decision)) continue;
      if (this.isNowhere(intent)) answers().discard(intent);
      else if (back.kind === "assign" && deed.decision.kind === "assign")
        inverses.push({ ...base(id, "int"), ...back, seen: deed.decision.agent });
      else inverses.push({ ...base(id, "int"), ...back });
    }
    await courier.takeAll(inverses);
    return deed.changes.length === 1 ? (deed.changes[0]?.conversation ?? null) : null;
  }

  /** Whether discarding an intent leaves no trace. One whose answer was lost may be done: it is had back behind itself. */
  private isNowhere(intent: string): boolean {
    const { courier } = this.world;
    return courier.isUnsent(intent) && !courier.isDoubtful(intent);
  }

  did(deed: Deed): void {
    if ("changes" in deed && deed.changes.length === 0) return;
    this.deeds.add(deed, this.world.now());
    this.world.signals.touch("deeds");
  }

  /** A deed that cannot be had back any more. */
  settled(intent: string): void {
    if (this.deeds.settled(intent)) this.world.signals.touch("deeds");
  }

  /** The server has done what was asked. What it holds can still be had back. */
  confirmed(intent: Intent): void {
    if (intent.kind === "reply" && intent.hold !== undefined) return;
    this.settled(intent.id);
    if (intent.kind === "reply" || intent.kind === "delete") this.wentOut(Date.parse(intent.at));
  }

  /** Replies that are neither here nor held any more are out: they cannot be had back. */
  settleReplies(): void {
    for (const { conversation, intent, at } of this.deeds.replies()) {
      const isHeld = this.world.conversation(conversation)?.held?.some(({ id }) => id === intent);
      if (!isHeld && !this.world.courier.has(intent)) this.wentOut(at);
    }
  }

  private wentOut(at: number): void {
    if (this.deeds.wentOut(at)) this.world.signals.touch("deeds");
  }
}
