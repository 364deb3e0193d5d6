import type { UploadsApi } from "../api/uploads";
import type { Random } from "./backoff";
import { type DraftFile, FILES, type FileFault, faultOf, type Progress, shortened } from "./files";
import type { ReplyFile } from "./intent";
import type { Signals } from "./signals";
import type { KeptFile, Storage } from "./storage";
import { type TusEvents, type Uploaded, upload } from "./tus";

/** Files on their way at once. */
const LANES = 2;
/** Pictures that are shown from here and not fetched again. */
const PREVIEWS = 40;
/** What every browser draws; nothing that can hold more than pixels. */
const DRAWABLE = /^image\/(jpeg|png|webp|gif|avif|bmp)$/;

export interface UploadsWorld {
  api: UploadsApi;
  storage: Storage;
  random: Random;
  elapsed: () => number;
  newId: () => string;
  sha256: (bytes: Blob) => Promise<string>;
  /** Runs a task while no other tab of this browser runs one of the same name. */
  alone: <T>(name: string, task: () => Promise<T>) => Promise<T>;
}

export interface UploadsEvents {
  complete(file: string): void;
  refused(file: string, code: string): void;
  signedOut(): void;
}

interface Held {
  file: KeptFile;
  progress: Progress;
  ends: AbortController | null;
}

/** The files of drafts and of replies on their way: kept in the browser, sent at once, gone when their message is there. */
export class Uploads {
  private readonly held = new Map<string, Held>();
  private readonly lists = new Map<string, readonly DraftFile[]>();
  private readonly faultLists = new Map<string, readonly FileFault[]>();
  private readonly snapshots = new Map<string, DraftFile>();
  private readonly previews = new Map<string, string>();
  /** Those whose last state is in the database; the others are in this page alone, on their way there or without room. */
  private readonly onDisk = new WeakSet<KeptFile>();
  private readonly queue: string[] = [];
  private readonly pauses = new Set<() => void>();
  private busy = 0;
  private order = 0;
  private isStopped = false;
  private hasLoaded = false;

  constructor(
    private readonly world: UploadsWorld,
    private readonly signals: Signals,
    private readonly events: UploadsEvents,
  ) {}

  /**
   * Takes up what an earlier page left: the first time the files of drafts, each time those of replies that are ours to
   * send. Files of replies that are through are forgotten, and so are those that another tab has sent or taken out of a
   * draft: the next reply of this one would be refused with them.
   */
  async load(stored: ReadonlySet<string>, isOurs: (reply: string) => boolean): Promise<void> {
    const isFirst = !this.hasLoaded;
    this.hasLoaded = true;
    // As of before the question: what is attached while the answer comes is not missing in it.
    const drafted = [...this.held.values()]
      .map(({ file }) => file)
      .filter((file) => file.reply === null && this.onDisk.has(file));
    const kept = await this.world.storage.files();
    const there = new Set(kept.flatMap(({ id, reply }) => (reply === null ? [id] : [])));
    for (const file of drafted) if (!there.has(file.id)) this.letGo(file);
    for (const file of kept.sort((a, b) => a.order - b.order)) {
      const { id, reply } = file;
      if (this.held.has(id)) continue;
      if (reply !== null && !stored.has(reply)) void this.world.storage.deleteFile(id).catch(() => {});
      else if (reply === null ? isFirst : isOurs(reply)) this.takeUp(file);
    }
  }

  /** The file of a draft is another tab's by now, here and on the server. */
  private letGo(file: KeptFile): void {
    const held = this.held.get(file.id);
    // Sent or had back in this tab meanwhile.
    if (held?.file !== file) return;
    held.ends?.abort();
    this.held.delete(file.id);
    this.changed(file);
    // Its row says whether a draft stands there.
    this.signals.touch(`conversation:${file.conversation}`);
  }

  private takeUp(file: KeptFile): void {
    this.onDisk.add(file);
    this.order = Math.max(this.order, file.order);
    const progress: Progress = file.isWhole
      ? { name: "complete" }
      : file.blob
        ? { name: "sending", sent: 0 }
        : { name: "missing" };
    this.held.set(file.id, { file, progress, ends: null });
    this.changed(file);
    if (file.isWhole) this.events.complete(file.id);
    else if (file.blob) this.enqueue(file.id);
    else this.events.refused(file.id, "file_missing");
  }

  /** Attaches files to the draft of a conversation and begins to send them. What cannot be sent is said in `faults`. */
  add(conversation: string, files: readonly File[]): void {
    const faults: FileFault[] = [];
    for (const blob of files) {
      const name = shortened(blob.name);
      const isFull = this.inDraft(conversation).length >= FILES;
      const why = isFull ? "too_many" : faultOf(blob);
      if (why) {
        faults.push({ name, why });
        continue;
      }
      this.order++;
      const id = this.world.newId();
      const { size: bytes, type: mediaType } = blob;
      const file: KeptFile = {
        id,
        conversation,
        reply: null,
        name,
        bytes,
        mediaType,
        order: this.order,
        blob,
      };
      this.held.set(id, { file, progress: { name: "sending", sent: 0 }, ends: null });
      this.keep(file);
      this.enqueue(id);
      this.changed(file);
    }
    this.faultLists.set(conversation, faults);
    this.signals.touch(`files:${conversation}`);
  }

  /** Files that are on the server stand in the draft again: their reply was had back from there. */
  adopt(conversation: string, files: readonly ReplyFile[]): void {
    for (const { id, name, bytes, mediaType } of files) {
      if (this.held.has(id)) continue;
      this.order++;
      const file: KeptFile = {
        id,
        conversation,
        reply: null,
        name,
        bytes,
        mediaType,
        order: this.order,
        isWhole: true,
      };
      this.held.set(id, { file, progress: { name: "complete" }, ends: null });
      this.keep(file);
      this.changed(file);
    }
  }

  faults(conversation: string): readonly FileFault[] {
    return this.faultLists.get(conversation) ?? NONE;
  }

  dismissFaults(conversation: string): void {
    this.faultLists.delete(conversation);
    this.signals.touch(`files:${conversation}`);
  }

  /** The files of a draft, in the order in which they were attached. */
  inDraft(conversation: string): readonly DraftFile[] {
    let list = this.lists.get(conversation);
    if (!list) {
      const all = [...this.held.values()].filter(
        ({ file }) => file.conversation === conversation && file.reply === null,
      );
      list = all.length > 0 ? all.map(shown) : NONE;
      this.lists.set(conversation, list);
    }
    return list;
  }

  /** The conversations in whose drafts files stand. */
  conversations(): Set<string> {
    const drafts = [...this.held.values()].filter(({ file }) => file.reply === null);
    return new Set(drafts.map(({ file }) => file.conversation));
  }

  /** A file and how far it is: the same object for as long as nothing changed. */
  file(id: string): DraftFile | undefined {
    const known = this.snapshots.get(id);
    const held = this.held.get(id);
    if (known || !held) return known;
    const file = shown(held);
    this.snapshots.set(id, file);
    return file;
  }

  isComplete(id: string): boolean {
    return this.held.get(id)?.progress.name === "complete";
  }

  /** An address under which this page shows a picture that was attached in it. */
  preview(id: string): string | undefined {
    const known = this.previews.get(id);
    const file = this.held.get(id)?.file;
    if (known || !file?.blob || !DRAWABLE.test(file.mediaType)) return known;
    const address = URL.createObjectURL(file.blob);
    this.previews.set(id, address);
    for (const [old, stale] of this.previews) {
      if (this.previews.size <= PREVIEWS) break;
      this.previews.delete(old);
      URL.revokeObjectURL(stale);
    }
    return address;
  }

  /** The files of a draft go with this reply now; the database learns it together with the reply. */
  claim(ids: readonly string[], reply: string): void {
    for (const held of this.of(ids)) {
      // Shown until the server's own picture is there.
      this.preview(held.file.id);
      held.file = { ...held.file, reply };
      this.changed(held.file);
    }
  }

  /** A reply is had back: its files stand in the draft again. */
  release(ids: readonly string[]): void {
    for (const held of this.of(ids)) {
      held.file = { ...held.file, reply: null };
      this.keep(held.file);
      this.changed(held.file);
    }
  }

  /** The message with these files is on the server; those that were had back stay in the draft. */
  sent(ids: readonly string[]): void {
    for (const { file } of this.of(ids)) if (file.reply !== null) this.drop(file);
  }

  /** Gives files up, here and on the server. */
  remove(ids: readonly string[]): void {
    for (const { file, ends } of this.of(ids)) {
      ends?.abort();
      this.drop(file);
      // If it does not get through, the server clears it away in two days.
      void this.world.api.giveUp(file.id);
    }
  }

  /** Tries a refused one again: a limit may have room by now. */
  retry(id: string): void {
    const held = this.held.get(id);
    if (!held?.file.blob || held.progress.name !== "refused") return;
    this.update(held, { name: "sending", sent: 0 });
    this.enqueue(id);
  }

  /** The network is back, or the tab is looked at again. */
  wake(): void {
    for (const end of [...this.pauses]) end();
  }

  stop(): void {
    this.isStopped = true;
    for (const { ends } of this.held.values()) ends?.abort();
    this.wake();
    for (const address of this.previews.values()) URL.revokeObjectURL(address);
  }

  private of(ids: readonly string[]): Held[] {
    return ids.flatMap((id) => this.held.get(id) ?? []);
  }

  private enqueue(id: string): void {
    this.queue.push(id);
    this.pump();
  }

  private pump(): void {
    while (this.busy < LANES && !this.isStopped) {
      const held = this.held.get(this.queue.shift() ?? "");
      if (!held) {
        if (this.queue.length === 0) return;
        continue;
      }
      this.busy++;
      void this.send(held).finally(() => {
        this.busy--;
        this.pump();
      });
    }
  }

  private async send(held: Held): Promise<void> {
    const { id, name, blob } = held.file;
    if (!blob) return;
    const ends = new AbortController();
    held.ends = ends;
    const events: TusEvents = {
      progress: (sent) => this.update(held, { name: "sending", sent }),
      stuck: () => this.update(held, { name: "stuck", sent: sentOf(held.progress) }),
    };
    const world = { ...this.world, pause: (ms: number) => this.pause(ms) };
    const became = await this.world.alone(id, () => upload({ id, name, blob }, world, events, ends.signal));
    held.ends = null;
    this.settle(held, became);
  }

  private settle(held: Held, became: Uploaded): void {
    const { id } = held.file;
    if (this.isStopped || !this.held.has(id)) return;
    switch (became.kind) {
      case "complete":
        this.update(held, { name: "complete" });
        this.events.complete(id);
        return;
      case "refused":
        this.update(held, { name: "refused", code: became.code });
        this.events.refused(id, became.code);
        return;
      case "signed_out":
        this.events.signedOut();
        return;
      case "given_up":
        return;
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.pauses.add(end);
    });
  }

  /** Without room for its bytes the next page at least knows what is missing. */
  private keep(file: KeptFile): void {
    const { blob: _, ...rest } = file;
    void this.world.storage
      .putFile(file)
      .catch(() => this.world.storage.putFile(rest))
      .then(() => this.onDisk.add(file))
      .catch(() => {});
  }

  private drop(file: KeptFile): void {
    this.held.delete(file.id);
    void this.world.storage.deleteFile(file.id).catch(() => {});
    this.changed(file);
  }

  private update(held: Held, progress: Progress): void {
    held.progress = progress;
    if (this.held.has(held.file.id)) this.changed(held.file);
  }

  private changed({ id, conversation }: KeptFile): void {
    this.lists.delete(conversation);
    this.snapshots.delete(id);
    this.signals.touch(`files:${conversation}`);
    this.signals.touch(`file:${id}`);
  }
}

const NONE: readonly never[] = [];

function shown({ file: { blob: _, ...file }, progress }: Held): DraftFile {
  return { ...file, progress };
}

const sentOf = (progress: Progress): number => ("sent" in progress ? progress.sent : 0);
