import type { Api, Outcome } from "../api/client";
import {
  type Agent,
  type Bootstrap,
  type ChangePage,
  type Conversation,
  type Message,
  type Problem,
  type SearchIn,
  type SearchPage,
  type ServerFrame,
  VIEWS,
  type View,
  type ViewCounts,
} from "../api/types";
import type { UploadsApi } from "../api/uploads";
import { Addresses } from "./addresses";
import type { Random } from "./backoff";
import { Board } from "./board";
import type { Line } from "./connection";
import { Courier } from "./courier";
import { type Decision, inverse, isDone } from "./decisions";
import { type Deed, Deeds, type Done } from "./deeds";
import { Drafts, type LastMoment } from "./drafts";
import type { DraftFile, FileFault } from "./files";
import { idOf } from "./ids";
import type { Intent } from "./intent";
import { type ListSnapshot, Lists } from "./lists";
import { wordsOf } from "./overlay";
import { Replica } from "./replica";
import { isView, type Shelf } from "./shelf";
import { type Schedule, Signals } from "./signals";
import { type Reach, type Snapshot, stamped } from "./snapshot";
import type { DraftMode, Storage } from "./storage";
import { type ThreadSnapshot, Threads } from "./threads";
import { sha256 } from "./tus";
import { Typing } from "./typing";
import { Uploads } from "./uploads";
import { Wire } from "./wire";

/** Changes asked for at once. */
const PAGE_CHANGES = 1000;
export const BOOTSTRAP_ROWS = 50;
const SEARCH_HITS = 20;

/** How long a deletion waits at least, because the server undoes none. */
const DELETION_MS = 5_000;

/** How long after a page came to life the changes are still those that it had missed. */
const SETTLES_MS = 1_500;

/** How often what changed is put down for the next start, at most. */
const SAVE_MS = 8_000;
/** What of it is kept: rows of each view, threads, messages of each. */
const KEPT_ROWS = 200;
const KEPT_THREADS = 30;
const KEPT_MESSAGES = 50;

/** What an inbox starts from: the server's word of this moment, or what an earlier page left. */
export type Start = { kind: "fresh"; bootstrap: Bootstrap } | { kind: "warm"; snapshot: Snapshot };

export interface World {
  api: Api;
  uploads: UploadsApi;
  /** Runs a task while no other tab of this browser runs one of the same name. */
  alone: <T>(name: string, task: () => Promise<T>) => Promise<T>;
  storage: Storage;
  lastMoment: LastMoment;
  socketAddress: string;
  tab: string;
  livingTabs: () => Promise<ReadonlySet<string>>;
  now: () => number;
  /** Milliseconds that only grow, whatever the clock does. */
  elapsed: () => number;
  /** How long a reply waits before it is sent, so that it can be had back; 0: not at all. */
  holdMs: () => number;
  random: Random;
  randomBytes: () => Uint8Array;
  schedule: Schedule;
  /** Runs a task when there is nothing better to do. */
  whenIdle: (task: () => void) => void;
  /** Nobody is signed in any more: the next start must not show this agent's conversations. */
  forgetAgent: () => void;
}

export interface Endings {
  signedOut: () => void;
  /** Somebody else is signed in by now: what stands here is not theirs. */
  replaced: () => void;
}

/** An own message with the words that are being written for it. */
export interface Editing {
  conversation: string;
  message: string;
  text: string;
}

/** Something the person should hear of once. */
export interface Notice {
  id: number;
  intent: Intent;
  problem: Problem;
}

/** Everything the screens read and do. Reads answer from memory; what is done is stored, shown at once, then sent. */
export class Inbox {
  readonly drafts: Drafts;
  /** Where files can be fetched. */
  readonly addresses: Addresses;
  readonly isLasting: boolean;
  agents: ReadonlyMap<string, Agent> = new Map();
  me: Agent;
  /** The address under which places open in a map, with `{latitude}` and `{longitude}`; null: nowhere. */
  mapAddress: string | null;
  private readonly signals: Signals;
  private readonly replica = new Replica();
  private readonly board: Board;
  private readonly lists: Lists;
  private readonly threads: Threads;
  private readonly courier: Courier;
  private readonly wire: Wire;
  private readonly typing: Typing;
  private readonly uploads: Uploads;
  private line: Line | null = null;
  private noticeList: readonly Notice[] = [];
  private heldList: readonly Intent[] = [];
  /** The last message that the agent had before their eyes, by conversation. */
  private readonly seen = new Map<string, number>();
  private isOut = false;
  private isBootstrapping = false;
  private order = 0;
  private readonly deeds = new Deeds();
  private edited: Editing | null = null;
  /** The message that the draft of a conversation answers. */
  private readonly quotes = new Map<string, string>();
  private drafted: ListSnapshot | null = null;
  /** Whether the server has said who is signed in since this page was opened. */
  private isConfirmed: boolean;
  private savedRevision = -1;
  private readonly arrivals = new Set<(message: Message) => void>();
  private hasFocus = false;
  /** Since when changes are news: what comes in the first moments of a page is what was missed before it. */
  private newsFrom = Number.POSITIVE_INFINITY;
  private saving: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly world: World,
    start: Start,
    private readonly endings: Endings,
  ) {
    const { api, storage, random, schedule } = world;
    this.me = start.kind === "fresh" ? start.bootstrap.agent : start.snapshot.agent;
    this.mapAddress =
      (start.kind === "fresh" ? start.bootstrap.map_address : start.snapshot.mapAddress) ?? null;
    this.isConfirmed = start.kind === "fresh";
    this.isLasting = storage.isLasting;
    this.signals = new Signals(schedule);
    this.drafts = new Drafts(storage, world.lastMoment);
    this.addresses = new Addresses(api, world.elapsed, () => this.signOutLocally());
    this.typing = new Typing(this.signals, world.now);
    this.courier = new Courier(api, storage, random, () => this.replica.moment(), world.now, {
      changed: (conversation) => this.intentsChanged(conversation),
      confirmed: (intent, asked, { conversation, message, note }) => {
        if (this.deeds.settled(intent.id)) this.signals.touch("deeds");
        if (intent.kind === "reply") this.uploads.sent(fileIdsOf(intent));
        const id = conversation?.id ?? message?.conversation_id ?? note?.conversation_id ?? "";
        const before = this.replica.merge(
          asked,
          conversation ? [conversation] : [],
          message ? [message] : [],
          note ? [note] : [],
        );
        this.board.count(before, () => false);
        this.board.refresh(before.keys());
        this.threads.touch(id);
      },
      refused: (intent, problem) => this.tell(intent, problem),
      signedOut: () => this.signOutLocally(),
    });
    this.uploads = new Uploads(
      {
        api: world.uploads,
        storage,
        random,
        elapsed: world.elapsed,
        newId: () => idOf("att", world.now(), world.randomBytes()),
        sha256,
        alone: world.alone,
      },
      this.signals,
      {
        complete: (id) => this.courier.dispatch({ on: "file", id }),
        refused: (id, code) => this.courier.dispatch({ on: "file_refused", id, code }),
        signedOut: () => this.signOutLocally(),
      },
    );
    this.board = new Board(this.replica, this.me.id, this.courier.intentsOf, this.signals);
    this.lists = new Lists(api, this.replica, this.board, this.signals, () => this.signOutLocally());
    this.threads = new Threads(api, this.replica, this.board, this.courier.intentsOf, this.signals, () =>
      this.signOutLocally(),
    );
    this.wire = new Wire(world.socketAddress, random, {
      follow: () => ({
        type: "follow",
        teams: [...this.replica.cursors].map(([team_id, cursor]) => ({ team_id, cursor })),
      }),
      frame: (frame) => this.heard(frame),
      line: (line) => this.lineChanged(line),
      poll: () => void this.catchUp(),
      bootstrap: () => void this.bootstrapAgain(),
      signedOut: () => this.signOutLocally(),
    });
    if (start.kind === "fresh") this.take(start.bootstrap);
    else this.restore(start.snapshot);
  }

  /** Loads what an earlier visit left, then goes live. */
  async start(): Promise<void> {
    await this.drafts.load();
    this.wire.dispatch({ on: "start" });
    if (!this.isConfirmed) void this.confirm();
    this.saving = setInterval(() => this.world.whenIdle(() => void this.save()), SAVE_MS);
    await this.adopt();
  }

  /** Puts down what the next page starts from; nothing when nothing changed. */
  async save(): Promise<void> {
    const { revision } = this.replica;
    if (this.isOut || !this.isConfirmed || revision === this.savedRevision) return;
    this.savedRevision = revision;
    await this.world.storage.putSnapshot(this.snapshot()).catch(() => {});
  }

  /** Ends the session in this browser: drafts and outbox stay for its agent, what the server said goes. */
  async forget(): Promise<void> {
    this.world.forgetAgent();
    const forgotten = this.world.storage.deleteSnapshot().catch(() => {});
    this.stop();
    await forgotten;
  }

  stop(): void {
    this.isOut = true;
    if (this.saving !== null) clearInterval(this.saving);
    this.wire.dispatch({ on: "stop" });
    this.courier.stop();
    this.uploads.stop();
    this.lists.stop();
    this.world.storage.close();
  }

  // ---- what screens read; each key changes when what it names did ----

  listen = (key: string, listener: () => void) => this.signals.listen(key, listener);
  conversation = (id: string): Conversation | undefined => this.board.conversation(id);
  thread = (id: string): ThreadSnapshot => this.threads.snapshot(id);
  list = (shelf: Shelf): ListSnapshot => (isView(shelf) ? this.lists.snapshot(shelf) : this.draftList());
  draftCount = (): number => this.draftedOnes().length;
  hasDraft = (id: string): boolean => this.drafts.has(id) || this.uploads.inDraft(id).length > 0;
  /** The files of a draft. */
  files = (conversation: string): readonly DraftFile[] => this.uploads.inDraft(conversation);
  file = (id: string): DraftFile | undefined => this.uploads.file(id);
  fileFaults = (conversation: string): readonly FileFault[] => this.uploads.faults(conversation);
  /** Whether a reply waits for its files. */
  waitsForFiles = (intent: string): boolean => this.courier.waitsForFiles(intent);
  /** A picture that was attached in this page, for showing it without fetching it. */
  localPicture = (id: string): string | undefined => this.uploads.preview(id);
  counts = (): ViewCounts => this.board.counts();
  typists = (id: string): string => this.typing.in(id);
  isLive = (): boolean => this.line?.name === "live";
  lineName = (): Line["name"] => this.line?.name ?? "off";
  notices = (): readonly Notice[] => this.noticeList;
  /** Replies and notes that wait for the person's decision. */
  held = (): readonly Intent[] => this.heldList;
  intents = (conversation: string) => this.courier.intentsOf(conversation);
  unsent = (): number => this.courier.waiting;

  // ---- what screens do ----

  ensureList = (shelf: Shelf) => (isView(shelf) ? this.lists.ensure(shelf) : this.fetchDrafted());
  /** Fetches threads that are likely to be opened next, so that opening them waits for nothing. */
  lookAhead = (ids: readonly string[]): void => {
    if (this.isLive()) void this.threads.ahead(ids);
  };
  moreOfList = async (shelf: Shelf): Promise<void> => {
    if (isView(shelf)) await this.lists.more(shelf);
  };
  /** Fetches what a thread needs to show its newest messages, or those around `seq`. */
  openThread = (id: string, seq: number | null = null) => this.threads.open(id, seq);
  newerInThread = (id: string) => this.threads.newer(id);
  olderInThread = (id: string) => this.threads.older(id);
  wake = () => {
    this.wire.dispatch({ on: "wake" });
    this.courier.dispatch({ on: "wake" });
    this.uploads.wake();
    void this.adopt().catch(() => {});
  };

  /** The conversations in memory, for looking through them while somebody types. */
  known = (): Iterable<Conversation> => this.board.all();

  /** Asks the server what was said where. The conversations of what was found are known afterwards. */
  async search(q: string, within: SearchIn, before: string | null): Promise<Outcome<SearchPage>> {
    const asked = this.replica.moment();
    const query = { q, in: within, limit: SEARCH_HITS, ...(before === null ? {} : { before }) };
    const outcome = await this.world.api.search(query);
    if (outcome.kind === "signed_out") this.signOutLocally();
    if (outcome.kind === "done") {
      this.board.refresh(this.replica.merge(asked, outcome.value.conversations).keys());
    }
    return outcome;
  }

  /** Attaches files to the draft of a reply; they are sent at once, and shown when they are whole. */
  attach(conversation: string, files: readonly File[]): void {
    const had = this.hasDraft(conversation);
    this.uploads.add(conversation, files);
    if (had !== this.hasDraft(conversation)) this.draftsChanged(conversation);
  }

  detach(conversation: string, file: string): void {
    this.uploads.remove([file]);
    if (!this.hasDraft(conversation)) this.draftsChanged(conversation);
  }

  retryFile = (file: string): void => this.uploads.retry(file);
  dismissFileFaults = (conversation: string): void => this.uploads.dismissFaults(conversation);

  /** Sends a reply with the files of its draft; resolves when it is safely in the outbox. `andClose` closes the conversation once it is sent. */
  async reply(conversation: string, text: string, andClose: boolean): Promise<void> {
    // Not seen at all: 0, and whatever stands there is shown before anything is sent.
    const seenSeq = this.seen.get(conversation) ?? 0;
    const base = this.base(conversation, "msg");
    const holdMs = this.world.holdMs();
    const hold = holdMs > 0 ? { until: this.world.now() + holdMs } : {};
    const files = this.uploads
      .inDraft(conversation)
      .map(({ id, name, bytes, mediaType }) => ({ id, name, bytes, mediaType }));
    const withFiles = files.length > 0 ? { files } : {};
    const quote = this.quotes.get(conversation);
    const quoting = quote === undefined ? {} : { quote };
    const reply: Intent = { ...base, ...hold, kind: "reply", text, seenSeq, ...withFiles, ...quoting };
    const ids = fileIdsOf(reply);
    this.uploads.claim(ids, reply.id);
    try {
      await this.courier.take(reply, { conversation, mode: "reply" });
    } catch (error) {
      this.uploads.release(ids);
      throw error;
    }
    if (this.quotes.get(conversation) === quote) this.setQuote(conversation, undefined);
    for (const id of ids) if (this.uploads.isComplete(id)) this.courier.dispatch({ on: "file", id });
    this.threads.toNewest(conversation);
    if (holdMs > 0) this.did({ kind: "reply", conversation, intent: reply.id });
    if (!andClose) return;
    const close = this.base(conversation, "int");
    await this.courier.take({ ...close, kind: "state", state: "closed", after: reply.id });
  }

  async note(conversation: string, text: string): Promise<void> {
    const note: Intent = { ...this.base(conversation, "note"), kind: "note", text };
    await this.courier.take(note, { conversation, mode: "note" });
  }

  /** The own message that is being edited. */
  editing = (): Editing | null => this.edited;

  /** Begins to edit an own message; none: the last one of the thread. Answers whether there is one that can be edited. */
  edit(conversation: string, message: string | null = null): boolean {
    const own = this.thread(conversation).messages.filter((it) => this.isOwn(it));
    const found = message === null ? own.at(-1) : own.find(({ id }) => id === message);
    const text = found && wordsOf(found);
    if (!found || text === null || text === undefined) return false;
    this.setEditing({ conversation, message: found.id, text });
    return true;
  }

  /** Keeps what was changed so far, for when the line comes onto the screen again. */
  keepEdit(text: string): void {
    if (this.edited) this.edited = { ...this.edited, text };
  }

  stopEditing = (): void => this.setEditing(null);

  /** Gives the message other words; resolves when that is safely in the outbox. The words that it has change nothing. */
  async saveEdit(text: string): Promise<void> {
    const editing = this.edited;
    if (!editing) return;
    const { conversation, message } = editing;
    const truth = this.thread(conversation).messages.find(({ id }) => id === message);
    if (truth && wordsOf(truth) !== text)
      await this.courier.take({ ...this.base(conversation, "int"), kind: "edit", message, text });
    this.setEditing(null);
  }

  /** Takes an own message back, a moment later: until then that can be undone. */
  async deleteMessage(conversation: string, message: string): Promise<void> {
    const until = this.world.now() + Math.max(this.world.holdMs(), DELETION_MS);
    const intent: Intent = { ...this.base(conversation, "int"), kind: "delete", message, until };
    if (this.edited?.message === message) this.setEditing(null);
    await this.courier.take(intent);
    this.did({ kind: "delete", conversation, intent: intent.id });
  }

  /** The message that the reply being written answers. */
  quoted = (conversation: string): string | undefined => this.quotes.get(conversation);

  /** The reply that is written next answers this message; undefined: none. */
  setQuote(conversation: string, message: string | undefined): void {
    if (message === undefined) this.quotes.delete(conversation);
    else this.quotes.set(conversation, message);
    this.signals.touch(`draft:${conversation}`);
  }

  /** Quotes the user's newest message; again: the one before it. Answers whether there is one. */
  quoteOlder(conversation: string): boolean {
    const theirs = this.thread(conversation).messages.filter(
      (it) => it.author.kind === "user" && !it.deleted_at,
    );
    const place = theirs.findIndex(({ id }) => id === this.quotes.get(conversation));
    const found = theirs[place - 1] ?? theirs.at(-1);
    if (found) this.setQuote(conversation, found.id);
    return found !== undefined;
  }

  isOwn = ({ author }: Message): boolean => author.kind === "agent" && author.id === this.me.id;

  private setEditing(editing: Editing | null): void {
    this.edited = editing;
    this.signals.touch("editing");
  }

  /** Decides about conversations. Those that stand so already stay as they are. */
  async decide(conversations: readonly string[], decision: Decision): Promise<void> {
    const changes = conversations.flatMap((conversation) => {
      const now = this.conversation(conversation);
      const back = now && inverse(now, decision);
      return back ? [{ base: this.base(conversation, "int"), back }] : [];
    });
    await this.courier.takeAll(changes.map(({ base }) => ({ ...base, ...decision })));
    const done = changes.map(({ base, back }) => ({
      conversation: base.conversation,
      intent: base.id,
      back,
    }));
    this.did({ kind: "decision", decision, changes: done });
  }

  /** What was done last and can be had back. */
  lastDone = (): Done | null => this.deeds.last();

  /** How many changes of the last deed the server has not confirmed. */
  leftOfLast = (): number => {
    const deed = this.deeds.last()?.deed;
    if (!deed || "intent" in deed) return 0;
    return deed.changes.filter(({ intent }) => this.courier.has(intent)).length;
  };

  /** Has the last deed back; answers the conversation it was about, for showing it again. */
  async undo(): Promise<string | null> {
    const done = this.deeds.take();
    this.signals.touch("deeds");
    if (!done) return null;
    const { deed } = done;
    if ("intent" in deed) {
      if (!this.courier.isUnsent(deed.intent)) return null;
      if (deed.kind === "reply") await this.takeBack(deed.intent);
      else this.discard(deed.intent);
      return deed.conversation;
    }
    const inverses: Intent[] = [];
    for (const { conversation, intent, back } of deed.changes) {
      if (!isDone(this.conversation(conversation), deed.decision)) continue;
      if (this.courier.isUnsent(intent)) this.discard(intent);
      else inverses.push({ ...this.base(conversation, "int"), ...back });
    }
    await this.courier.takeAll(inverses);
    return deed.changes.length === 1 ? (deed.changes[0]?.conversation ?? null) : null;
  }

  /** The page is left: drafts and replies that wait are brought to safety. */
  leave(): void {
    this.drafts.rescue();
    this.courier.leave();
    void this.save();
  }

  retry(id: string): void {
    const intent = this.courier.intent(id);
    if (intent?.kind === "reply") for (const file of fileIdsOf(intent)) this.uploads.retry(file);
    this.courier.dispatch({ on: "retry", id });
    this.courier.dispatch({ on: "wake" });
  }

  /** Sends a reply that was overtaken, now that its author has seen the messages up to `seenSeq`. */
  sendAnyway(id: string, seenSeq: number): void {
    this.courier.dispatch({ on: "send_anyway", id, seenSeq });
  }

  discard(id: string): void {
    const intent = this.courier.intent(id);
    if (intent?.kind === "reply") this.uploads.remove(fileIdsOf(intent));
    this.forgetIntent(id);
  }

  private forgetIntent(id: string): void {
    if (this.deeds.settled(id)) this.signals.touch("deeds");
    this.courier.dispatch({ on: "discard", id });
  }

  /** Takes a reply or note that is not on its way back into the composer. What stands there already stays, below it. */
  async takeBack(id: string): Promise<void> {
    if (!this.courier.isUnsent(id)) return;
    const intent = this.courier.intent(id);
    if (intent?.kind !== "reply" && intent?.kind !== "note") return;
    const draft = this.drafts.text(intent.conversation, intent.kind);
    const words = [intent.text, draft].filter((text) => text !== "").join("\n\n");
    await this.drafts.write(intent.conversation, intent.kind, words);
    if (intent.kind === "reply") {
      this.uploads.release(fileIdsOf(intent));
      const isGone = intent.held?.why === "refused" && intent.held.code === "quote_unusable";
      if (intent.quote !== undefined && !isGone) this.quotes.set(intent.conversation, intent.quote);
    }
    this.forgetIntent(id);
    this.signals.touch(`draft:${intent.conversation}`);
    this.draftsChanged(intent.conversation);
  }

  dismiss(notice: number): void {
    this.noticeList = this.noticeList.filter((known) => known.id !== notice);
    this.signals.touch("notices");
  }

  /** The messages up to here stood on the screen long enough to be seen. */
  saw(conversation: string, seq: number): void {
    this.seen.set(conversation, Math.max(seq, this.seen.get(conversation) ?? 0));
  }

  /** The agent has read the messages up to here, for the team. */
  async markRead(conversation: string, seq: number): Promise<void> {
    const known = this.replica.conversations.get(conversation)?.receipts.team_read_seq ?? 0;
    if (seq <= Math.max(known, this.board.reading.get(conversation) ?? 0)) return;
    this.board.reading.set(conversation, seq);
    this.board.refresh([conversation]);
    await this.sendReceipt(conversation, seq);
  }

  /** Tells of messages of users as they arrive; ends with the function it answers. */
  onArrival(listener: (message: Message) => void): () => void {
    this.arrivals.add(listener);
    return () => this.arrivals.delete(listener);
  }

  /** Whether the agent looks at this page: pushes to them are held back meanwhile. */
  look(hasFocus: boolean): void {
    if (hasFocus === this.hasFocus) return;
    this.hasFocus = hasFocus;
    this.wire.send({ type: "focus", focused: hasFocus });
  }

  isWriting(conversation: string): void {
    if (this.typing.mayTell(conversation)) this.wire.send({ type: "typing", conversation_id: conversation });
  }

  async keepDraft(conversation: string, mode: DraftMode, text: string): Promise<void> {
    const had = this.drafts.has(conversation);
    const kept = this.drafts.write(conversation, mode, text);
    if (had !== this.drafts.has(conversation)) this.draftsChanged(conversation);
    await kept;
  }

  // ---- inner ----

  /** The conversations in which words or files wait to be sent. */
  private draftedOnes(): string[] {
    return [...new Set([...this.uploads.conversations(), ...this.drafts.conversations()])];
  }

  /** The conversations with drafts, the most recently active first. */
  private draftList(): ListSnapshot {
    const rows = this.draftedOnes()
      .flatMap((id) => this.conversation(id) ?? [])
      .sort((a, b) => (a.active_at < b.active_at ? 1 : -1))
      .map(({ id }) => id);
    const known = this.drafted;
    if (known && rows.length === known.rows.length && rows.every((id, place) => known.rows[place] === id))
      return known;
    this.drafted = { rows, hasMore: false, status: "idle", isKnown: true };
    return this.drafted;
  }

  /** A draft may be of a conversation that no list has brought. */
  private async fetchDrafted(): Promise<void> {
    for (const id of this.draftedOnes()) {
      if (this.conversation(id)) continue;
      const asked = this.replica.moment();
      const outcome = await this.world.api.conversation(id);
      if (outcome.kind === "signed_out") return this.signOutLocally();
      if (outcome.kind === "done") this.board.refresh(this.replica.merge(asked, [outcome.value]).keys());
    }
    this.signals.touch("view:drafts");
  }

  private draftsChanged(conversation: string): void {
    this.signals.touch(`conversation:${conversation}`);
    this.signals.touch("view:drafts");
  }

  private did(deed: Deed): void {
    if ("changes" in deed && deed.changes.length === 0) return;
    this.deeds.add(deed, this.world.now());
    this.signals.touch("deeds");
  }

  /** `int` is the prefix of what stays in the outbox alone: it has no id on the wire. */
  private base(conversation: string, prefix: "msg" | "note" | "int") {
    const now = this.world.now();
    this.order = Math.max(this.order + 1, now);
    const id = idOf(prefix, now, this.world.randomBytes());
    return { id, conversation, at: new Date(now).toISOString(), tab: this.world.tab, order: this.order };
  }

  /** Sends what tabs that are gone could not. */
  private async adopt(): Promise<void> {
    await this.courier.restore(this.world.tab, await this.world.livingTabs());
    const stored = new Set((await this.world.storage.intents()).map(({ id }) => id));
    await this.uploads.load(stored, (reply) => this.courier.has(reply));
    this.signals.touch("view:drafts");
  }

  private snapshot(): Snapshot {
    const reaches = Object.fromEntries(
      VIEWS.map((view) => [view, this.lists.reachWithin(view, KEPT_ROWS)] as const),
    ) as Record<View, Reach | null>;
    const threads = this.threads.kept(KEPT_THREADS, KEPT_MESSAGES);
    const ids = new Set([...this.board.overlaidOnes(), ...threads.map(({ id }) => id)]);
    for (const view of VIEWS)
      for (const id of this.board.above(view, reaches[view]?.horizon ?? "nothing")) ids.add(id);
    const conversations = [...ids].flatMap((id) => this.replica.conversations.get(id) ?? []);
    return stamped({
      savedAt: this.world.now(),
      agent: this.me,
      agents: [...this.agents.values()],
      mapAddress: this.mapAddress,
      cursors: [...this.replica.cursors],
      counts: this.board.truthCounts,
      conversations,
      reaches,
      threads,
    });
  }

  private restore(snapshot: Snapshot): void {
    this.agents = new Map(snapshot.agents.map((agent) => [agent.id, agent]));
    this.replica.restart(snapshot.cursors, snapshot.conversations);
    this.board.setCounts(snapshot.counts);
    this.threads.restore(snapshot.threads);
    this.board.refreshAll();
    this.lists.restore(snapshot.reaches);
  }

  /** Asks who is signed in and in which teams, which the feeds do not tell; what is shown waits for nothing of it. */
  private async confirm(): Promise<void> {
    const outcome = await this.world.api.bootstrap(1);
    if (this.isOut || this.isConfirmed) return;
    if (outcome.kind === "signed_out" || outcome.kind === "refused") return this.signOutLocally();
    // Lost: asked again as soon as the line is live.
    if (outcome.kind !== "done") return;
    const { agent, agents, teams, map_address } = outcome.value;
    if (agent.id !== this.me.id) {
      await this.forget();
      return this.endings.replaced();
    }
    this.isConfirmed = true;
    this.me = agent;
    this.mapAddress = map_address ?? null;
    this.agents = new Map(agents.map((known) => [known.id, known]));
    this.signals.touch("people");
    const isSameTeams =
      teams.length === this.replica.cursors.size && teams.every(({ id }) => this.replica.cursors.has(id));
    if (!isSameTeams) this.startOver();
    this.lists.recountSoon();
  }

  private take(bootstrap: Bootstrap): void {
    this.isConfirmed = true;
    this.mapAddress = bootstrap.map_address ?? null;
    this.agents = new Map(bootstrap.agents.map((agent) => [agent.id, agent]));
    this.me = bootstrap.agent;
    const history = this.replica.restart(
      bootstrap.teams.map(({ id, cursor }) => [id, cursor] as const),
      bootstrap.conversations,
    );
    // Another history gave its numbers anew: what was before the agent's eyes is not what they mean now.
    if (history === "other") this.seen.clear();
    this.board.setCounts(bootstrap.counts);
    this.board.refreshAll();
    this.lists.restart(bootstrap.conversations, bootstrap.next ?? null);
    this.signals.touch("people");
  }

  private async bootstrapAgain(): Promise<void> {
    if (this.isBootstrapping) return;
    this.isBootstrapping = true;
    for (let failures = 1; !this.isOut; failures++) {
      const outcome = await this.world.api.bootstrap(BOOTSTRAP_ROWS);
      if (outcome.kind === "signed_out") this.signOutLocally();
      if (outcome.kind === "done") {
        this.take(outcome.value);
        this.threads.restart();
        this.wire.dispatch({ on: "start" });
        break;
      }
      await new Promise((resolve) =>
        setTimeout(resolve, Math.min(30_000, 1_000 * 2 ** failures * this.world.random())),
      );
    }
    this.isBootstrapping = false;
  }

  private heard(frame: ServerFrame): void {
    if (frame.type === "changes") this.apply(frame.team_id, frame.page);
    if (frame.type === "typing" && frame.agent_id !== this.me.id) {
      this.typing.hear(frame.conversation_id, frame.agent_id ?? null);
    }
    if (frame.type === "reset") this.startOver();
  }

  private startOver(): void {
    this.wire.dispatch({ on: "stop" });
    void this.bootstrapAgain();
  }

  private apply(team: string, page: ChangePage): boolean {
    const applied = this.replica.apply(team, page);
    if (applied.kind === "other_history") this.startOver();
    if (applied.kind === "gap") void this.catchUp();
    if (applied.kind !== "applied") return applied.kind === "known";
    const opened = new Set(
      page.changes
        .filter(({ kind }) => kind === "conversation_opened")
        .map((change) => change.conversation_id),
    );
    this.board.count(applied.before, (id) => opened.has(id));
    this.board.refresh(applied.before.keys());
    for (const id of applied.before.keys()) this.threads.touch(id);
    for (const { message } of page.changes) {
      if (message) this.typing.over(message.conversation_id, message.author);
    }
    if (this.world.elapsed() >= this.newsFrom) {
      for (const { kind, message } of page.changes) {
        if (kind !== "message_added" || message?.author.kind !== "user") continue;
        for (const listener of this.arrivals) listener(message);
      }
    }
    if (page.changes.some(({ kind }) => kind !== "receipt_moved" && kind !== "note_added"))
      this.lists.recountSoon();
    return true;
  }

  /** Asks each feed over HTTP for what the socket did not bring. */
  private async catchUp(): Promise<void> {
    for (const team of this.replica.cursors.keys()) {
      for (let more = true; more; ) {
        const cursor = this.replica.cursors.get(team);
        if (cursor === undefined) break;
        const outcome = await this.world.api.changes(team, cursor, PAGE_CHANGES);
        if (outcome.kind === "signed_out") this.signOutLocally();
        if (outcome.kind !== "done") return;
        if (outcome.value.status === "reset") return this.startOver();
        more = this.apply(team, outcome.value) && outcome.value.more;
      }
    }
  }

  private lineChanged(line: Line): void {
    const was = this.line?.name;
    this.line = line;
    if (was === line.name) return;
    this.signals.touch("line");
    if (line.name !== "live") return;
    this.newsFrom = Math.min(this.newsFrom, this.world.elapsed() + SETTLES_MS);
    if (this.hasFocus) this.wire.send({ type: "focus", focused: true });
    if (!this.isConfirmed) void this.confirm();
    // The server is back: everything that waited for it goes on at once.
    this.courier.dispatch({ on: "wake" });
    this.uploads.wake();
    this.lists.heal();
    this.lists.recountSoon();
    this.threads.heal();
    for (const [conversation, seq] of this.board.reading) void this.sendReceipt(conversation, seq);
  }

  private async sendReceipt(conversation: string, seq: number): Promise<void> {
    const asked = this.replica.moment();
    const outcome = await this.world.api.moveReceipt(conversation, seq);
    if (outcome.kind === "done") this.board.refresh(this.replica.merge(asked, [outcome.value]).keys());
    // Lost: it is sent again when the line is live. Refused: the overlay was wrong.
    if (outcome.kind === "refused") {
      this.board.reading.delete(conversation);
      this.board.refresh([conversation]);
    }
  }

  private intentsChanged(conversation: string): void {
    this.heldList = this.courier.held();
    this.signals.touch("view:drafts");
    this.board.refresh([conversation]);
    this.threads.touch(conversation);
    this.signals.touch("outbox");
    // What a person did shows at once.
    this.signals.flush();
  }

  private tell(intent: Intent, problem: Problem): void {
    this.order++;
    this.noticeList = [...this.noticeList, { id: this.order, intent, problem }];
    this.signals.touch("notices");
  }

  private signOutLocally(): void {
    if (this.isOut) return;
    void this.forget();
    this.endings.signedOut();
  }
}

const fileIdsOf = (intent: Intent): string[] =>
  intent.kind === "reply" ? (intent.files ?? []).map(({ id }) => id) : [];
