import type { Signals } from "./signals";

/** `limits.rs`: how long "looks at it" holds unless it is repeated. */
const HOLDS_MS = 60_000;

/** Which colleagues look at which conversation. Nothing of it is kept: the newest word wins and each expires. */
export class Looking {
  private readonly until = new Map<string, Map<string, number>>();

  constructor(
    private readonly signals: Signals,
    private readonly now: () => number,
  ) {}

  /** The ids of colleagues who look at a conversation: a text, so that equal is equal. */
  at(conversation: string): string {
    const now = this.now();
    return [...(this.until.get(conversation) ?? [])]
      .filter(([, until]) => until > now)
      .map(([agent]) => agent)
      .join(" ");
  }

  hear(conversation: string, agent: string, hasLeft: boolean): void {
    const lookers = this.until.get(conversation) ?? new Map<string, number>();
    if (hasLeft) lookers.delete(agent);
    else lookers.set(agent, this.now() + HOLDS_MS);
    if (lookers.size === 0) this.until.delete(conversation);
    else this.until.set(conversation, lookers);
    this.signals.touch(`looking:${conversation}`);
    if (!hasLeft) setTimeout(() => this.expire(conversation), HOLDS_MS + 50);
  }

  /** The line is new: whoever looks is told again, and who left meanwhile is not told of. */
  forget(): void {
    const conversations = [...this.until.keys()];
    this.until.clear();
    for (const conversation of conversations) this.signals.touch(`looking:${conversation}`);
  }

  private expire(conversation: string): void {
    const lookers = this.until.get(conversation);
    if (!lookers) return;
    const now = this.now();
    for (const [agent, until] of lookers) if (until <= now) lookers.delete(agent);
    if (lookers.size === 0) this.until.delete(conversation);
    this.signals.touch(`looking:${conversation}`);
  }
}
