import type { Author } from "../api/types";
import type { Signals } from "./signals";

/** `limits.rs`: how long "is writing" holds unless it is repeated. */
const HOLDS_MS = 6_000;
const TELL_APART_MS = 3_000;

const USER = "user";

/** Who is writing where. Nothing of it is kept: the newest word wins and each expires. */
export class Typing {
  private readonly until = new Map<string, Map<string, number>>();
  private readonly told = new Map<string, number>();

  constructor(
    private readonly signals: Signals,
    private readonly now: () => number,
  ) {}

  /** The ids of agents, or `user`, who write in a conversation: a text, so that equal is equal. */
  in(conversation: string): string {
    const writers = this.until.get(conversation);
    if (!writers) return "";
    const now = this.now();
    return [...writers]
      .filter(([, until]) => until > now)
      .map(([who]) => who)
      .join(" ");
  }

  hear(conversation: string, agent: string | null): void {
    const writers = this.until.get(conversation) ?? new Map<string, number>();
    writers.set(agent ?? USER, this.now() + HOLDS_MS);
    this.until.set(conversation, writers);
    this.signals.touch(`typing:${conversation}`);
    setTimeout(() => this.signals.touch(`typing:${conversation}`), HOLDS_MS + 50);
  }

  /** Their message has come: they are done. */
  over(conversation: string, author: Author): void {
    const who = author.kind === "user" ? USER : author.kind === "agent" ? author.id : "";
    if (this.until.get(conversation)?.delete(who)) this.signals.touch(`typing:${conversation}`);
  }

  /** Whether it is time to tell the others that this agent writes. */
  mayTell(conversation: string): boolean {
    const now = this.now();
    if (now - (this.told.get(conversation) ?? Number.NEGATIVE_INFINITY) < TELL_APART_MS) return false;
    this.told.set(conversation, now);
    return true;
  }
}
