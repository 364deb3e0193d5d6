import type { Api, Outcome, SentPart } from "../api/client";
import type { Conversation, Message, Note, Problem } from "../api/types";
import type { Random } from "./backoff";
import type { DecisionIntent, Intent, ReplyIntent } from "./intent";
import {
  emptyOutbox,
  type Outbox,
  type OutboxEffect,
  type OutboxEvent,
  stepOutbox,
  waitsForFiles,
} from "./outbox";
import type { SentDraft, Storage } from "./storage";

export interface CourierEvents {
  /** The intents of a conversation changed. */
  changed(conversation: string): void;
  /** The server confirmed an intent; the answer is as of `asked` or later. */
  confirmed(
    intent: Intent,
    asked: number,
    answer: { conversation?: Conversation; message?: Message; note?: Note },
  ): void;
  /** An intent is refused for good: its words go where they can be used again, before it is forgotten. */
  keep(intent: Intent): Promise<void>;
  /** An assignment or state was refused for good. */
  refused(intent: Intent, problem: Problem): void;
  signedOut(): void;
}

/** What a reply says: its words, then its files, then what it asks for. Of a file only the id counts; the server knows the rest. */
function partsOf({ text, files = [], asks }: ReplyIntent): SentPart[] {
  const words: SentPart[] = text.trim() === "" ? [] : [{ type: "text", text }];
  const attached = files.map(
    ({ id, bytes, mediaType }): SentPart => ({
      type: "attachment",
      attachment_id: id,
      media_type: mediaType || "application/octet-stream",
      bytes,
    }),
  );
  return asks ? [...words, ...attached, { type: "request", for: asks }] : [...words, ...attached];
}

/** The answer is a conversation's header. */
const asHeader = (outcome: Outcome<Conversation>) =>
  outcome.kind === "done" ? { ...outcome, value: { conversation: outcome.value } } : outcome;

/** Runs the outbox: keeps its intents in the database, sends them, waits between rounds. */
export class Courier {
  private box: Outbox = emptyOutbox;
  private byConversation = new Map<string, readonly Intent[]>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private hasRestored = false;
  private readonly holds = new Map<string, ReturnType<typeof setTimeout>>();
  private isLeaving = false;
  /** Those that were sent at least once, or may have been by another page: the server may know of them. */
  private readonly tried = new Set<string>();

  constructor(
    private readonly api: Api,
    private readonly storage: Storage,
    private readonly random: Random,
    private readonly moment: () => number,
    private readonly now: () => number,
    private readonly events: CourierEvents,
  ) {}

  /** What is unconfirmed in a conversation, in the order it was made. */
  readonly intentsOf = (conversation: string): readonly Intent[] =>
    this.byConversation.get(conversation) ?? [];

  /** Those that need the person: refused, or overtaken by other messages. */
  held(): readonly Intent[] {
    return this.box.intents.filter((intent) => intent.held);
  }

  get waiting(): number {
    return this.box.intents.length;
  }

  /**
   * Takes up what earlier visits and closed tabs left; the first time also what this tab left when its session ended
   * before the page did.
   */
  async restore(tab: string, living: ReadonlySet<string>): Promise<void> {
    const all = await this.storage.intents();
    const isFirst = !this.hasRestored;
    this.hasRestored = true;
    for (const intent of all) {
      const isElsewhere = living.has(intent.tab) && intent.tab !== tab;
      if (isElsewhere || (intent.tab === tab && !isFirst)) continue;
      // Whoever could have had it back has left the page.
      const { until: _, ...left } = intent;
      const adopted = { ...left, tab } as Intent;
      this.tried.add(adopted.id);
      // Without room it stays there as another tab's; its id makes it harmless when both send it.
      await this.storage.putIntent(adopted).catch(() => {});
      this.dispatch({ on: "stored", intent: adopted });
    }
  }

  /** Stores an intent, then sends it. Rejects when the browser could not store it: nothing was sent then. */
  async take(intent: Intent, draft?: SentDraft): Promise<void> {
    await this.storage.putIntent(intent, draft);
    this.dispatch({ on: "stored", intent });
  }

  /** Stores several intents at once, then sends them. */
  async takeAll(intents: readonly Intent[]): Promise<void> {
    await this.storage.putIntents(intents);
    for (const intent of intents) this.dispatch({ on: "stored", intent });
  }

  /** Whether a reply's files are still on their way. */
  waitsForFiles(id: string): boolean {
    const intent = this.intent(id);
    return intent !== undefined && waitsForFiles(this.box, intent);
  }

  /** Whether an intent is here and not on its way: discarding it leaves no trace anywhere. */
  isUnsent(id: string): boolean {
    return !this.box.sending.has(id) && this.box.intents.some((intent) => intent.id === id);
  }

  /** Whether the server may have an intent, although it has not said so. */
  isDoubtful(id: string): boolean {
    return this.tried.has(id) && !this.intent(id)?.held;
  }

  intent(id: string): Intent | undefined {
    return this.box.intents.find((intent) => intent.id === id);
  }

  has(id: string): boolean {
    return this.box.intents.some((intent) => intent.id === id);
  }

  /**
   * The page is left: what was held goes out now, by requests that outlive the page. It stays in the database until the
   * next visit hears that it arrived, and its id makes the repetition harmless.
   */
  leave(): void {
    this.isLeaving = true;
    for (const intent of this.box.intents)
      if (intent.until !== undefined) this.dispatch({ on: "release", id: intent.id });
    this.isLeaving = false;
  }

  dispatch(event: OutboxEvent): void {
    const before = this.box;
    const [box, effects] = stepOutbox(before, event, this.random);
    this.box = box;
    if (box.intents !== before.intents) this.regroup(before.intents, box.intents);
    for (const effect of effects) this.run(effect);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    for (const timer of this.holds.values()) clearTimeout(timer);
    this.box = { ...this.box, isStopped: true };
  }

  private regroup(before: readonly Intent[], after: readonly Intent[]): void {
    const grouped = new Map<string, Intent[]>();
    for (const intent of after) {
      const group = grouped.get(intent.conversation);
      if (group) group.push(intent);
      else grouped.set(intent.conversation, [intent]);
    }
    this.byConversation = grouped;
    const had = new Set(before);
    const same = new Set(after.filter((intent) => had.has(intent)));
    const changed = new Set([...before, ...after].filter((it) => !same.has(it)).map((it) => it.conversation));
    for (const conversation of changed) this.events.changed(conversation);
  }

  private run(effect: OutboxEffect): void {
    switch (effect.do) {
      case "send":
        void this.send(effect.intent);
        return;
      case "store":
        void this.storage.putIntent(effect.intent).catch(() => {});
        return;
      case "forget":
        // If it cannot be forgotten, it is sent once more after a reload, and its id makes that harmless.
        void this.storage.deleteIntent(effect.intent.id).catch(() => {});
        return;
      case "wait":
        if (this.timer !== null) clearTimeout(this.timer);
        this.timer = setTimeout(() => this.dispatch({ on: "wake" }), effect.ms);
        return;
      case "hold":
        this.hold(effect.id, effect.until);
        return;
      case "tell":
        this.events.refused(effect.intent, effect.problem);
        return;
      case "sign_in":
        this.events.signedOut();
    }
  }

  private hold(id: string, until: number): void {
    const release = () => {
      this.holds.delete(id);
      this.dispatch({ on: "release", id });
    };
    this.holds.set(id, setTimeout(release, Math.max(0, until - this.now())));
  }

  private async send(intent: Intent): Promise<void> {
    const asked = this.moment();
    this.tried.add(intent.id);
    const outcome = await this.request(intent);
    const { id } = intent;
    switch (outcome.kind) {
      case "done":
        // First the answer, then the end of the intent: what was written is never off the screen in between.
        this.events.confirmed(intent, asked, outcome.value);
        this.dispatch({ on: "done", id });
        return;
      case "refused":
        await this.events.keep(intent).catch(() => {});
        this.dispatch({ on: "refused", id, problem: outcome.problem });
        return;
      case "lost":
        this.dispatch({ on: "lost", id, retryAfterMs: outcome.retryAfterMs });
        return;
      case "signed_out":
        this.dispatch({ on: "signed_out", id });
    }
  }

  private async request(intent: Intent) {
    switch (intent.kind) {
      case "reply": {
        const { conversation, id, seenSeq, quote = null, hold, thenClose = false } = intent;
        const parts = partsOf(intent);
        if (hold !== undefined) {
          const body = { id, parts, seen_seq: seenSeq, quote, until: hold, then_close: thenClose };
          return asHeader(await this.api.holdReply(conversation, body));
        }
        const outcome = await this.api.reply(conversation, id, parts, seenSeq, quote, this.isLeaving);
        return outcome.kind === "done" ? { ...outcome, value: { message: outcome.value } } : outcome;
      }
      case "note": {
        const outcome = await this.api.note(
          intent.conversation,
          intent.id,
          intent.text,
          (intent.mentions ?? []).map((it) => it.agent_id),
        );
        return outcome.kind === "done" ? { ...outcome, value: { note: outcome.value } } : outcome;
      }
      case "edit": {
        const outcome = await this.api.editReply(intent.conversation, intent.message, intent.text);
        return outcome.kind === "done" ? { ...outcome, value: { message: outcome.value } } : outcome;
      }
      case "delete": {
        const outcome = await this.api.deleteReply(intent.conversation, intent.message, this.isLeaving);
        return outcome.kind === "done" ? { ...outcome, value: { message: outcome.value } } : outcome;
      }
      case "withdraw":
        return asHeader(await this.api.withdrawReply(intent.conversation, intent.message));
      case "retime":
        return asHeader(await this.api.setSendTime(intent.conversation, intent.message, intent.sendAt));
      case "giveBack":
        return asHeader(await this.api.returnReply(intent.conversation, intent.message, intent.note));
      case "release": {
        const { conversation, message, seenSeq, parts } = intent;
        const body = { seen_seq: seenSeq, ...(parts && { parts: [...parts] as SentPart[] }) };
        const outcome = await this.api.releaseReply(conversation, message, body);
        return outcome.kind === "done" ? { ...outcome, value: { message: outcome.value } } : outcome;
      }
      default:
        return asHeader(await this.decide(intent));
    }
  }

  private decide(intent: DecisionIntent) {
    const { conversation } = intent;
    switch (intent.kind) {
      case "assign":
        return this.api.assign(conversation, {
          agent_id: intent.agent,
          // What an earlier version left in the outbox says nothing of it.
          ...(intent.seen !== undefined && { seen: { agent_id: intent.seen } }),
          ...(intent.words && { note: { id: intent.id, text: intent.words } }),
        });
      case "state":
        return this.api.setState(conversation, intent.state);
      case "snooze":
        return this.api.snooze(conversation, intent.to);
      case "merge":
        return this.api.merge(conversation, intent.into);
      case "priority":
        return this.api.setPriority(conversation, intent.priority);
      case "tags":
        return this.api.changeTags(conversation, [...intent.add], [...intent.remove]);
    }
  }
}
