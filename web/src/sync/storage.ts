import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Intent } from "./intent";
import type { Snapshot } from "./snapshot";

export type DraftMode = "reply" | "note";

export interface Draft {
  conversation: string;
  mode: DraftMode;
  text: string;
}

/** What outlives a reload: the outbox, the drafts and the last state of one agent in this browser. */
export interface Storage {
  /** Whether it really outlives one; false in a browser that keeps nothing. */
  readonly isLasting: boolean;
  intents(): Promise<Intent[]>;
  /** Stores an intent and, in the same transaction, removes the draft it was made of. */
  putIntent(intent: Intent, draft?: { conversation: string; mode: DraftMode }): Promise<void>;
  /** Stores several, all or none. */
  putIntents(intents: readonly Intent[]): Promise<void>;
  deleteIntent(id: string): Promise<void>;
  drafts(): Promise<Draft[]>;
  /** An empty text removes the draft. */
  putDraft(draft: Draft): Promise<void>;
  /** What the last page left to start from; `undefined` when there is nothing. */
  snapshot(): Promise<unknown>;
  putSnapshot(snapshot: Snapshot): Promise<void>;
  deleteSnapshot(): Promise<void>;
  close(): void;
}

interface Schema extends DBSchema {
  intents: { key: string; value: Intent };
  drafts: { key: [string, DraftMode]; value: Draft };
  snapshots: { key: "latest"; value: Snapshot };
}

/** Opens the database of an agent; each has their own, so that two who share a browser share no draft. */
export async function openStorage(agent: string): Promise<Storage> {
  try {
    const db = await openDB<Schema>(`tidings-${agent}`, 2, {
      upgrade(fresh, from) {
        if (from < 1) {
          fresh.createObjectStore("intents", { keyPath: "id" });
          fresh.createObjectStore("drafts", { keyPath: ["conversation", "mode"] });
        }
        fresh.createObjectStore("snapshots");
      },
      // A page of a later version wants to change the database: it must not wait for this one.
      blocking: (_, __, event) => (event.target as IDBDatabase).close(),
    });
    return lasting(db);
  } catch {
    return new MemoryStorage();
  }
}

function lasting(db: IDBPDatabase<Schema>): Storage {
  return {
    isLasting: true,
    intents: () => db.getAll("intents"),
    async putIntent(intent, draft) {
      // Strict: what the composer let go of must survive a power cut, not only a reload.
      const tx = db.transaction(["intents", "drafts"], "readwrite", { durability: "strict" });
      await Promise.all([
        tx.objectStore("intents").put(intent),
        draft ? tx.objectStore("drafts").delete([draft.conversation, draft.mode]) : undefined,
        tx.done,
      ]);
    },
    async putIntents(intents) {
      const tx = db.transaction("intents", "readwrite", { durability: "strict" });
      await Promise.all([...intents.map((intent) => tx.store.put(intent)), tx.done]);
    },
    deleteIntent: (id) => db.delete("intents", id),
    drafts: () => db.getAll("drafts"),
    async putDraft(draft) {
      if (draft.text === "") await db.delete("drafts", [draft.conversation, draft.mode]);
      else await db.put("drafts", draft);
    },
    snapshot: () => db.get("snapshots", "latest"),
    // Relaxed: losing it costs one slower start.
    async putSnapshot(snapshot) {
      const tx = db.transaction("snapshots", "readwrite", { durability: "relaxed" });
      await Promise.all([tx.store.put(snapshot, "latest"), tx.done]);
    },
    deleteSnapshot: () => db.delete("snapshots", "latest"),
    close: () => db.close(),
  };
}

/** For browsers without IndexedDB, and for tests. */
export class MemoryStorage implements Storage {
  readonly isLasting = false;
  private readonly kept = new Map<string, Intent>();
  private readonly texts = new Map<string, Draft>();
  private latest: Snapshot | undefined;

  async intents() {
    return [...this.kept.values()];
  }
  async putIntent(intent: Intent, draft?: { conversation: string; mode: DraftMode }) {
    this.kept.set(intent.id, intent);
    if (draft) this.texts.delete(`${draft.conversation} ${draft.mode}`);
  }
  async putIntents(intents: readonly Intent[]) {
    for (const intent of intents) this.kept.set(intent.id, intent);
  }
  async deleteIntent(id: string) {
    this.kept.delete(id);
  }
  async drafts() {
    return [...this.texts.values()];
  }
  async putDraft(draft: Draft) {
    const key = `${draft.conversation} ${draft.mode}`;
    if (draft.text === "") this.texts.delete(key);
    else this.texts.set(key, draft);
  }
  async snapshot() {
    return this.latest;
  }
  async putSnapshot(snapshot: Snapshot) {
    this.latest = structuredClone(snapshot);
  }
  async deleteSnapshot() {
    this.latest = undefined;
  }
  close() {}
}
