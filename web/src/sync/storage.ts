import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Asked } from "../api/types";
import type { Intent } from "./intent";
import type { Snapshot } from "./snapshot";

export type DraftMode = "reply" | "note";

export interface Draft {
  conversation: string;
  mode: DraftMode;
  text: string;
  /** When it was written, in unix milliseconds; absent: the server has it. */
  untoldAt?: number;
}

/** A draft that becomes a message, at this moment in unix milliseconds. */
export interface SentDraft {
  conversation: string;
  mode: DraftMode;
  at: number;
}

/**
 * What goes along with what somebody writes: the message that a reply answers, what it asks the user for, and other words
 * for one that was sent, or for a colleague's that waits for approval.
 */
export type Begun =
  | { kind: "quote"; conversation: string; message: string }
  | { kind: "ask"; conversation: string; what: Asked }
  | { kind: "edit"; conversation: string; message: string; text: string }
  | { kind: "approval"; conversation: string; message: string; text: string };

/** A reply answers one message, and asks for one thing; several messages may be edited and approved at a time. */
export const keyOfBegun = (begun: Begun): string =>
  "text" in begun ? `${begun.kind} ${begun.message}` : `${begun.kind} ${begun.conversation}`;

const isNothing = ({ text, untoldAt }: Draft): boolean => text === "" && untoldAt === undefined;
const emptied = ({ conversation, mode, at }: SentDraft): Draft => ({
  conversation,
  mode,
  text: "",
  untoldAt: at,
});

/** A file that an agent attached and whose message is not on the server. */
export interface KeptFile {
  /** That of the upload. */
  id: string;
  conversation: string;
  /** The reply that it goes with; null: it stands in the draft. */
  reply: string | null;
  name: string;
  bytes: number;
  /** As the browser says; the server looks for itself. */
  mediaType: string;
  /** The order in which files were attached. */
  order: number;
  /** Absent when the browser had no room for it. */
  blob?: Blob;
  /** It is on the server already; its bytes need not be here. */
  isWhole?: boolean;
}

/** What outlives a reload: the outbox, the drafts and the last state of one agent in this browser. */
export interface Storage {
  /** Whether it really outlives one; false in a browser that keeps nothing. */
  readonly isLasting: boolean;
  intents(): Promise<Intent[]>;
  /**
   * Stores an intent and, in the same transaction, empties the draft it was made of; its files are the reply's then, and what
   * was begun for it is over. The empty draft stays until the server knows of it, so that the words do not come back from
   * there.
   */
  putIntent(intent: Intent, draft?: SentDraft): Promise<void>;
  /** Stores several, all or none. */
  putIntents(intents: readonly Intent[]): Promise<void>;
  deleteIntent(id: string): Promise<void>;
  drafts(): Promise<Draft[]>;
  /** An empty text that the server knows of removes the draft. */
  putDraft(draft: Draft): Promise<void>;
  begun(): Promise<Begun[]>;
  putBegun(begun: Begun): Promise<void>;
  deleteBegun(key: string): Promise<void>;
  files(): Promise<KeptFile[]>;
  putFile(file: KeptFile): Promise<void>;
  deleteFile(id: string): Promise<void>;
  /** What the last page left to start from; `undefined` when there is nothing. */
  snapshot(): Promise<unknown>;
  putSnapshot(snapshot: Snapshot): Promise<void>;
  /** An answer of the server that a dialog begins with, as it was last; `undefined` when there is none. */
  remembered(key: string): Promise<unknown>;
  putRemembered(key: string, answer: unknown): Promise<void>;
  /** Deletes what the server said: the snapshot and the answers. */
  forgetServer(): Promise<void>;
  close(): void;
}

interface Schema extends DBSchema {
  intents: { key: string; value: Intent };
  drafts: { key: [string, DraftMode]; value: Draft };
  files: { key: string; value: KeptFile };
  snapshots: { key: "latest"; value: Snapshot };
  begun: { key: string; value: Begun };
  remembered: { key: string; value: unknown };
}

/** Opens the database of an agent; each has their own, so that two who share a browser share no draft. */
export async function openStorage(agent: string): Promise<Storage> {
  try {
    const db = await openDB<Schema>(`tidings-${agent}`, 5, {
      upgrade(fresh, from) {
        if (from < 1) {
          fresh.createObjectStore("intents", { keyPath: "id" });
          fresh.createObjectStore("drafts", { keyPath: ["conversation", "mode"] });
        }
        if (from < 2) fresh.createObjectStore("snapshots");
        if (from < 3) fresh.createObjectStore("files", { keyPath: "id" });
        if (from < 4) fresh.createObjectStore("begun");
        if (from < 5) fresh.createObjectStore("remembered");
      },
      // A page of a later version wants to change the database: it must not wait for this one.
      blocking: (_, __, event) => (event.target as IDBDatabase).close(),
    });
    return lasting(db);
  } catch {
    return new MemoryStorage();
  }
}

const filesOf = (intent: Intent): string[] =>
  intent.kind === "reply" ? (intent.files ?? []).map(({ id }) => id) : [];

/** What is over with an intent, if it is still what was begun. */
function overWith(intent: Intent, begun: Begun | undefined): boolean {
  if (intent.kind === "reply")
    return begun?.kind === "quote"
      ? begun.message === intent.quote
      : begun?.kind === "ask" && begun.what === intent.asks;
  if (begun?.kind === "approval") return true;
  return intent.kind === "edit" && begun?.kind === "edit" && begun.text === intent.text;
}

/** What may be over with an intent: of a reply only as it is made of its draft, not when it is stored again. */
function begunFor(intent: Intent, draft: SentDraft | undefined): string[] {
  const { conversation } = intent;
  if (intent.kind === "reply") return draft ? [`quote ${conversation}`, `ask ${conversation}`] : [];
  if (intent.kind === "edit") return [`edit ${intent.message}`];
  const isDecided = intent.kind === "release" || intent.kind === "giveBack" || intent.kind === "withdraw";
  return isDecided ? [`approval ${intent.message}`] : [];
}

function lasting(db: IDBPDatabase<Schema>): Storage {
  return {
    isLasting: true,
    intents: () => db.getAll("intents"),
    async putIntent(intent, draft) {
      // Strict: what the composer let go of must survive a power cut, not only a reload.
      const stores = ["intents", "drafts", "files", "begun"] as const;
      const tx = db.transaction(stores, "readwrite", { durability: "strict" });
      const files = tx.objectStore("files");
      const claim = async (id: string) => {
        const file = await files.get(id);
        if (file) await files.put({ ...file, reply: intent.id });
      };
      const settle = async (key: string) => {
        const begun = tx.objectStore("begun");
        if (overWith(intent, await begun.get(key))) await begun.delete(key);
      };
      await Promise.all([
        tx.objectStore("intents").put(intent),
        ...begunFor(intent, draft).map(settle),
        draft ? tx.objectStore("drafts").put(emptied(draft)) : undefined,
        ...(draft ? filesOf(intent).map(claim) : []),
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
      if (isNothing(draft)) await db.delete("drafts", [draft.conversation, draft.mode]);
      else await db.put("drafts", draft);
    },
    begun: () => db.getAll("begun"),
    async putBegun(begun) {
      await db.put("begun", begun, keyOfBegun(begun));
    },
    deleteBegun: (key) => db.delete("begun", key),
    files: () => db.getAll("files"),
    async putFile(file) {
      await db.put("files", file);
    },
    deleteFile: (id) => db.delete("files", id),
    snapshot: () => db.get("snapshots", "latest"),
    // Relaxed: losing it costs one slower start.
    async putSnapshot(snapshot) {
      const tx = db.transaction("snapshots", "readwrite", { durability: "relaxed" });
      await Promise.all([tx.store.put(snapshot, "latest"), tx.done]);
    },
    remembered: (key) => db.get("remembered", key),
    async putRemembered(key, answer) {
      await db.put("remembered", answer, key);
    },
    async forgetServer() {
      const tx = db.transaction(["snapshots", "remembered"], "readwrite");
      await Promise.all([tx.objectStore("snapshots").clear(), tx.objectStore("remembered").clear(), tx.done]);
    },
    close: () => db.close(),
  };
}

/** For browsers without IndexedDB, and for tests. */
export class MemoryStorage implements Storage {
  readonly isLasting = false;
  private readonly kept = new Map<string, Intent>();
  private readonly texts = new Map<string, Draft>();
  private readonly attached = new Map<string, KeptFile>();
  private readonly beginnings = new Map<string, Begun>();
  private readonly told = new Map<string, unknown>();
  private latest: Snapshot | undefined;

  async intents() {
    return [...this.kept.values()];
  }
  async putIntent(intent: Intent, draft?: SentDraft) {
    this.kept.set(intent.id, intent);
    for (const key of begunFor(intent, draft))
      if (overWith(intent, this.beginnings.get(key))) this.beginnings.delete(key);
    if (!draft) return;
    this.texts.set(`${draft.conversation} ${draft.mode}`, emptied(draft));
    for (const id of filesOf(intent)) {
      const file = this.attached.get(id);
      if (file) this.attached.set(id, { ...file, reply: intent.id });
    }
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
    if (isNothing(draft)) this.texts.delete(key);
    else this.texts.set(key, draft);
  }
  async begun() {
    return [...this.beginnings.values()];
  }
  async putBegun(begun: Begun) {
    this.beginnings.set(keyOfBegun(begun), begun);
  }
  async deleteBegun(key: string) {
    this.beginnings.delete(key);
  }
  async files() {
    return [...this.attached.values()];
  }
  async putFile(file: KeptFile) {
    this.attached.set(file.id, file);
  }
  async deleteFile(id: string) {
    this.attached.delete(id);
  }
  async snapshot() {
    return this.latest;
  }
  async putSnapshot(snapshot: Snapshot) {
    this.latest = structuredClone(snapshot);
  }
  async remembered(key: string) {
    return this.told.get(key);
  }
  async putRemembered(key: string, answer: unknown) {
    this.told.set(key, structuredClone(answer));
  }
  async forgetServer() {
    this.latest = undefined;
    this.told.clear();
  }
  close() {}
}
