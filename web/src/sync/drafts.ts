import type { Draft, DraftMode, Storage } from "./storage";

/** A place that can be written without waiting, for the moment in which a page goes away. */
export interface LastMoment {
  read(): string | null;
  write(text: string): void;
  clear(): void;
}

/** What is being written, for each conversation and mode; in memory for reading, in the database at each key. */
export class Drafts {
  private readonly drafts = new Map<string, Draft>();
  /** Those whose newest text is not in the database yet. */
  private readonly unsaved = new Map<string, Draft>();
  private readonly saving = new Map<string, Promise<void>>();
  /** What an earlier page put down in its last moment, as long as the database does not have it. */
  private left: string | null = null;

  constructor(
    private readonly storage: Storage,
    private readonly lastMoment: LastMoment,
    private readonly now: () => number = Date.now,
    /** Words were written here: the server wants to know. */
    private readonly wrote: (draft: Draft, at: number) => void = () => {},
  ) {}

  /** Reads what an earlier visit left, and what it could only put down in its last moment. */
  async load(): Promise<void> {
    const writtenAt = new Map<string, number>();
    for (const draft of await this.storage.drafts()) {
      this.inMemory(draft);
      if (draft.untoldAt === undefined) continue;
      writtenAt.set(key(draft.conversation, draft.mode), draft.untoldAt);
      this.wrote(draft, draft.untoldAt);
    }
    this.left = this.lastMoment.read();
    const rescued = parse(this.left).filter(
      ({ conversation, mode, untoldAt = 0 }) => untoldAt >= (writtenAt.get(key(conversation, mode)) ?? 0),
    );
    await Promise.all(
      rescued.map((draft) => {
        // Of its own time: as words of now it would win over newer ones of another browser.
        if (draft.untoldAt !== undefined) this.wrote(draft, draft.untoldAt);
        return this.store(draft).catch(() => {});
      }),
    );
    this.clearLeft();
  }

  /** Once the database has all of it; another tab may have put down something else there since. */
  private clearLeft(): void {
    if (this.left === null || this.unsaved.size > 0) return;
    if (this.lastMoment.read() === this.left) this.lastMoment.clear();
    this.left = null;
  }

  text(conversation: string, mode: DraftMode): string {
    return this.drafts.get(key(conversation, mode))?.text ?? "";
  }

  /** The conversations in which something is being written. */
  conversations(): string[] {
    return [...new Set([...this.drafts.values()].map((draft) => draft.conversation))];
  }

  has(conversation: string): boolean {
    return this.text(conversation, "reply") !== "" || this.text(conversation, "note") !== "";
  }

  /** Takes over what was written elsewhere; says whether that changed anything. */
  adopt({ conversation, mode, text }: Draft): boolean {
    if (this.text(conversation, mode) === text) return false;
    this.inMemory({ conversation, mode, text });
    void this.store({ conversation, mode, text }).catch(() => {});
    return true;
  }

  /** The server has these words: the next page need not tell them again. */
  told(draft: Draft): void {
    const { conversation, mode, text } = draft;
    if (this.text(conversation, mode) === text) void this.store(draft).catch(() => {});
  }

  /** Keeps a text. Rejects when the browser could not store it; in memory it is kept in any case. */
  write(conversation: string, mode: DraftMode, text: string): Promise<void> {
    const untoldAt = this.now();
    this.wrote({ conversation, mode, text }, untoldAt);
    return this.store({ conversation, mode, text, untoldAt });
  }

  private store(draft: Draft): Promise<void> {
    const at = key(draft.conversation, draft.mode);
    this.inMemory(draft);
    this.unsaved.set(at, draft);
    const running = this.saving.get(at);
    if (running) return running;
    const saving = this.save(at).finally(() => this.saving.delete(at));
    this.saving.set(at, saving);
    return saving;
  }

  /** The draft was sent: the database forgets it together with storing what became of it. */
  sent(conversation: string, mode: DraftMode): void {
    this.inMemory({ conversation, mode, text: "" });
    this.wrote({ conversation, mode, text: "" }, this.now());
    this.unsaved.delete(key(conversation, mode));
    this.clearLeft();
  }

  /** The page goes away, and a database does not wait: what is not in it yet is put down at once. */
  rescue(): void {
    if (this.unsaved.size > 0) this.lastMoment.write(JSON.stringify([...this.unsaved.values()]));
  }

  /** Writes the newest text until there is none newer: a fast typist costs one write at a time, not one a key. */
  private async save(at: string): Promise<void> {
    for (let draft = this.unsaved.get(at); draft; draft = this.unsaved.get(at)) {
      await this.storage.putDraft(draft);
      if (this.unsaved.get(at) === draft) this.unsaved.delete(at);
    }
    this.clearLeft();
  }

  private inMemory(draft: Draft): void {
    const at = key(draft.conversation, draft.mode);
    if (draft.text === "") this.drafts.delete(at);
    else this.drafts.set(at, draft);
  }
}

const key = (conversation: string, mode: DraftMode) => `${conversation} ${mode}`;

function parse(text: string | null): Draft[] {
  try {
    const drafts: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(drafts) ? drafts.filter(isDraft) : [];
  } catch {
    return [];
  }
}

function isDraft(value: unknown): value is Draft {
  const draft = value as Partial<Draft> | null;
  const isModed = draft?.mode === "reply" || draft?.mode === "note";
  const isTimed = draft?.untoldAt === undefined || typeof draft.untoldAt === "number";
  return isModed && isTimed && typeof draft.conversation === "string" && typeof draft.text === "string";
}
