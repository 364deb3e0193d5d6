// What an agent has begun besides the words of a draft: which message a reply answers, what it asks for, and other words for
// one of their own or for a colleague's that waits for approval. All of it outlives the page, as drafts do.
import type { Asked } from "../api/types";
import type { LastMoment } from "./drafts";
import { type Begun, keyOfBegun, type Storage } from "./storage";

/** Other words for a reply that waits for approval. */
export type Rewritten = Extract<Begun, { kind: "approval" }>;

export class BegunOnes {
  private readonly known = new Map<string, Begun>();
  /** What the database does not have yet; null: what it still has. */
  private readonly unsaved = new Map<string, Begun | null>();
  private readonly saving = new Set<string>();

  constructor(
    private readonly storage: Storage,
    private readonly lastMoment: LastMoment,
  ) {}

  /** Reads what an earlier page left, and what it could only put down in its last moment. */
  async load(): Promise<void> {
    for (const begun of await this.storage.begun()) this.known.set(keyOfBegun(begun), begun);
    await Promise.all(parse(this.lastMoment.read()).map((begun) => this.put(begun)));
    this.lastMoment.clear();
  }

  /** The message that the reply of a conversation answers. */
  quote(conversation: string): string | undefined {
    const begun = this.known.get(`quote ${conversation}`);
    return begun?.kind === "quote" ? begun.message : undefined;
  }

  /** What the reply of a conversation asks the user for. */
  asks(conversation: string): Asked | undefined {
    const begun = this.known.get(`ask ${conversation}`);
    return begun?.kind === "ask" ? begun.what : undefined;
  }

  /** The words that are being written for a message. */
  edit(message: string): Extract<Begun, { kind: "edit" }> | undefined {
    const begun = this.known.get(`edit ${message}`);
    return begun?.kind === "edit" ? begun : undefined;
  }

  /** The words that are being written for a reply that waits for approval. */
  approval(reply: string): Rewritten | undefined {
    return this.approvals().find(({ message }) => message === reply);
  }

  approvals(): Rewritten[] {
    return [...this.known.values()].filter((begun) => begun.kind === "approval");
  }

  /** Whether no other tab has dropped it; what the database never took is only here. */
  async isOpen(begun: Begun): Promise<boolean> {
    const key = keyOfBegun(begun);
    if (this.unsaved.has(key)) return true;
    return (await this.storage.begun()).some((it) => keyOfBegun(it) === key);
  }

  /** Resolves when the database has it, or will not take it. */
  put(begun: Begun): Promise<void> {
    const key = keyOfBegun(begun);
    this.known.set(key, begun);
    return this.save(key, begun);
  }

  dropQuote(conversation: string): void {
    this.drop(`quote ${conversation}`);
  }

  dropAsk(conversation: string): void {
    this.drop(`ask ${conversation}`);
  }

  dropEdit(message: string): void {
    this.drop(`edit ${message}`);
  }

  dropApproval(reply: string): void {
    this.drop(`approval ${reply}`);
  }

  /** The page goes away, and a database does not wait: what is not in it yet is put down at once. */
  rescue(): void {
    const left = [...this.unsaved.values()].filter((it) => it !== null);
    if (left.length > 0) this.lastMoment.write(JSON.stringify(left));
  }

  private drop(key: string): void {
    if (this.known.delete(key)) void this.save(key, null);
  }

  /** One write at a time for each, and the newest after it: a fast typist costs no write at each key. */
  private async save(key: string, begun: Begun | null): Promise<void> {
    this.unsaved.set(key, begun);
    if (this.saving.has(key)) return;
    this.saving.add(key);
    try {
      for (let next = this.unsaved.get(key); next !== undefined; next = this.unsaved.get(key)) {
        if (next) await this.storage.putBegun(next);
        else await this.storage.deleteBegun(key);
        if (this.unsaved.get(key) === next) this.unsaved.delete(key);
      }
    } catch {
      // The browser has no room: in memory it stays, and the last moment may still take it.
    } finally {
      this.saving.delete(key);
    }
  }
}

function parse(text: string | null): Begun[] {
  try {
    const left: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(left) ? left.filter(isBegun) : [];
  } catch {
    return [];
  }
}

function isBegun(value: unknown): value is Begun {
  const begun = value as Partial<
    Record<"kind" | "conversation" | "message" | "text" | "what", unknown>
  > | null;
  if (typeof begun?.conversation !== "string") return false;
  if (begun.kind === "ask") return begun.what === "place" || begun.what === "photo";
  if (typeof begun.message !== "string") return false;
  const isWords = begun.kind === "edit" || begun.kind === "approval";
  return begun.kind === "quote" || (isWords && typeof begun.text === "string");
}
