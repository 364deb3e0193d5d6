import type { Draft, DraftMode, Storage } from "./storage";

/** What is being written, for each conversation and mode; in memory for reading, in the database at each key. */
export class Drafts {
  private readonly texts = new Map<string, string>();

  constructor(private readonly storage: Storage) {}

  load(drafts: readonly Draft[]): void {
    for (const draft of drafts) this.texts.set(key(draft.conversation, draft.mode), draft.text);
  }

  text(conversation: string, mode: DraftMode): string {
    return this.texts.get(key(conversation, mode)) ?? "";
  }

  /** Keeps a text. Rejects when the browser could not store it; in memory it is kept in any case. */
  write(conversation: string, mode: DraftMode, text: string): Promise<void> {
    this.inMemory(conversation, mode, text);
    return this.storage.putDraft({ conversation, mode, text });
  }

  /** Changes what is in memory alone, when the database is changed together with something else. */
  inMemory(conversation: string, mode: DraftMode, text: string): void {
    if (text === "") this.texts.delete(key(conversation, mode));
    else this.texts.set(key(conversation, mode), text);
  }

  has(conversation: string): boolean {
    return this.texts.has(key(conversation, "reply")) || this.texts.has(key(conversation, "note"));
  }
}

const key = (conversation: string, mode: DraftMode) => `${conversation} ${mode}`;
