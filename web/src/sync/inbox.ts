import type { Outcome } from "../api/client";
import { may } from "../api/roles";
import type {
  Agent,
  Bootstrap,
  Colleague,
  Conversation,
  HoldUntil,
  MapTiles,
  Mention,
  Message,
  Note,
  Problem,
  SearchPage,
  SearchQuery,
  ViewCounts,
} from "../api/types";
import { Addresses } from "./addresses";
import { Answers, type Editing, fileIdsOf } from "./answers";
import { BegunOnes } from "./begun";
import { Board } from "./board";
import type { Line } from "./connection";
import { Courier } from "./courier";
import type { Decision } from "./decisions";
import { Doings } from "./doings";
import { Drafted } from "./drafted";
import { Drafts } from "./drafts";
import { DraftSync } from "./draftsync";
import { Feeds } from "./feeds";
import type { DraftFile, FileFault } from "./files";
import { idOf } from "./ids";
import type { Intent } from "./intent";
import { Keeping } from "./keeping";
import { type ListSnapshot, Lists } from "./lists";
import { Looking } from "./looking";
import { People } from "./people";
import { Reading } from "./reading";
import { Replica } from "./replica";
import { SavedViews } from "./savedviews";
import { isListed, type Shelf } from "./shelf";
import { Signals } from "./signals";
import type { Snapshot } from "./snapshot";
import type { DraftMode, Storage } from "./storage";
import { type ThreadSnapshot, Threads } from "./threads";
import { sha256 } from "./tus";
import { Typing } from "./typing";
import { Uploads } from "./uploads";
import { mentionOf } from "./views";
import { Wire } from "./wire";
import type { Endings, Notice, Start, World } from "./world";

export const BOOTSTRAP_ROWS = 50;
const SEARCH_HITS = 20;

/** How often what changed is put down for the next start, at most. */
const SAVE_MS = 8_000;
/** Everything the screens read and do. Reads answer from memory; what is done is stored, shown at once, then sent. */
export class Inbox {
  readonly drafts: Drafts;
  /** Who works here. */
  readonly people: People;
  /** Where files can be fetched. */
  readonly addresses: Addresses;
  readonly isLasting: boolean;
  /** Answers of the server that dialogs begin with, as they were last. */
  readonly memory: Pick<Storage, "remembered" | "putRemembered">;
  /** Who is away, as far as it was asked, and until when; null: they did not say. */
  away: ReadonlyMap<string, string | null> = new Map();
  me: Agent;
  /** The address under which places open in a map, with `{latitude}` and `{longitude}`; null: nowhere. */
  mapAddress: string | null;
  /** Whose tiles the interactive map shows; null: the one that comes with the inbox. */
  mapTiles: MapTiles | null;
  private readonly signals: Signals;
  private readonly replica = new Replica();
  private readonly board: Board;
  private readonly begun: BegunOnes;
  private readonly reading: Reading;
  private readonly lists: Lists;
  private readonly threads: Threads;
  private readonly courier: Courier;
  private readonly wire: Wire;
  private readonly typing: Typing;
  private readonly looking: Looking;
  private readonly uploads: Uploads;
  private readonly draftSync: DraftSync;
  /** The views that agents keep. */
  readonly savedViews: SavedViews;
  /** What agents write, and have back. */
  readonly answers: Answers;
  private line: Line | null = null;
  private noticeList: readonly Notice[] = [];
  private heldList: readonly Intent[] = [];
  private undecided: readonly string[] = [];
  /** The last message that the agent had before their eyes, by conversation. */
  private readonly seen = new Map<string, number>();
  private isOut = false;
  private isBootstrapping = false;
  private order = 0;
  private readonly doings: Doings;
  private readonly drafted: Drafted;
  private readonly feeds: Feeds;
  private readonly keeping: Keeping;
  /** Whether the server has said who is signed in since this page was opened. */
  private isConfirmed: boolean;
  private savedRevision = -1;
  private hasFocus = false;
  private viewed: string | null = null;
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
    this.mapTiles = (start.kind === "fresh" ? start.bootstrap.map_tiles : start.snapshot.mapTiles) ?? null;
    this.isConfirmed = start.kind === "fresh";
    this.isLasting = storage.isLasting;
    this.memory = storage;
    this.signals = new Signals(schedule);
    this.drafts = new Drafts(storage, world.lastMoment, world.now, (draft, at) =>
      this.draftSync.wrote(draft, at),
    );
    this.begun = new BegunOnes(storage, world.lastBegun);
    this.people = new People({
      api,
      signals: this.signals,
      elapsed: world.elapsed,
      signedOut: () => this.signOutLocally(),
    });
    this.drafted = new Drafted({
      api,
      drafts: this.drafts,
      uploads: () => this.uploads,
      board: () => this.board,
      replica: this.replica,
      signals: this.signals,
      conversation: this.conversation,
      signedOut: () => this.signOutLocally(),
    });
    this.draftSync = new DraftSync(api, world.now, {
      adopt: (draft) => this.drafted.adopt(draft),
      told: (draft) => this.drafts.told(draft),
      signedOut: () => this.signOutLocally(),
    });
    this.addresses = new Addresses(api, world.elapsed, () => this.signOutLocally());
    this.savedViews = new SavedViews(api, this.signals, world.elapsed, () => this.signOutLocally());
    this.typing = new Typing(this.signals, world.now);
    this.looking = new Looking(this.signals, world.now);
    this.courier = new Courier(api, storage, random, () => this.replica.moment(), world.now, {
      changed: (conversation) => this.intentsChanged(conversation),
      confirmed: (intent, asked, { conversation, message, note }) => {
        this.doings.confirmed(intent);
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
      keep: (intent) => this.answers.keepRefused(intent),
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
    this.board = new Board(this.replica, this.me.id, this.courier.intentsOf, this.signals, (agent) =>
      this.people.meet(agent),
    );
    this.reading = new Reading({
      api,
      board: this.board,
      replica: this.replica,
      mayMark: () => may(this.me.role, "mark_read"),
    });
    this.lists = new Lists(api, this.replica, this.board, this.signals, () => this.signOutLocally());
    this.threads = new Threads(api, this.replica, this.board, this.courier.intentsOf, this.signals, () =>
      this.signOutLocally(),
    );
    this.keeping = new Keeping(this.replica, this.board, this.lists, this.threads);
    this.doings = new Doings({
      courier: this.courier,
      answers: () => this.answers,
      signals: this.signals,
      conversation: this.conversation,
      base: (conversation, prefix) => this.base(conversation, prefix),
      now: world.now,
    });
    this.answers = new Answers({
      courier: this.courier,
      uploads: this.uploads,
      drafts: this.drafts,
      begun: this.begun,
      signals: this.signals,
      me: () => this.me.id,
      proposes: () => !may(this.me.role, "answer"),
      messages: (id) => this.thread(id).messages,
      conversation: this.conversation,
      seen: (id) => this.seen.get(id) ?? 0,
      base: (conversation, prefix) => this.base(conversation, prefix),
      now: world.now,
      holdMs: world.holdMs,
      toNewest: (id) => this.threads.toNewest(id),
      did: (deed) => this.doings.did(deed),
      settled: (intent) => this.doings.settled(intent),
      draftsChanged: (id) => this.drafted.changed(id),
    });
    this.feeds = new Feeds({
      api,
      replica: this.replica,
      board: this.board,
      lists: this.lists,
      threads: this.threads,
      typing: this.typing,
      looking: this.looking,
      elapsed: world.elapsed,
      me: () => this.me.id,
      applied: () => {
        this.doings.settleReplies();
        this.savedViews.recountSoon();
      },
      startOver: () => this.startOver(),
      signedOut: () => this.signOutLocally(),
    });
    this.wire = new Wire(world.socketAddress, random, {
      follow: () => ({
        type: "follow",
        teams: [...this.replica.cursors].map(([team_id, cursor]) => ({ team_id, cursor })),
      }),
      frame: (frame) => {
        if (frame.type === "availability") this.signals.touch("availability");
        this.feeds.heard(frame);
      },
      line: (line) => this.lineChanged(line),
      pinged: () => this.tellView(),
      poll: () => void this.feeds.catchUp(),
      bootstrap: () => void this.bootstrapAgain(),
      signedOut: () => this.signOutLocally(),
    });
    if (start.kind === "fresh") this.take(start.bootstrap);
    else this.restore(start.snapshot);
  }

  /** Loads what an earlier visit left, then goes live. */
  async start(): Promise<void> {
    await Promise.all([this.drafts.load(), this.begun.load()]);
    if (this.isOut) return;
    this.answers.resume();
    this.wire.dispatch({ on: "start" });
    if (!this.isConfirmed) void this.confirm();
    this.saving = setInterval(() => this.world.whenIdle(() => void this.save()), SAVE_MS);
    // What cannot be read now is taken up when the person is back.
    await this.adopt().catch(() => {});
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
    const forgotten = this.world.storage.forgetServer().catch(() => {});
    this.stop();
    await forgotten;
  }

  /** Somebody else is signed in now: they see their own. */
  async giveWay(): Promise<void> {
    if (this.isOut) return;
    await this.forget();
    this.endings.replaced();
  }

  stop(): void {
    this.isOut = true;
    if (this.saving !== null) clearInterval(this.saving);
    this.wire.dispatch({ on: "stop" });
    this.courier.stop();
    this.draftSync.stop();
    this.uploads.stop();
    this.lists.stop();
    this.savedViews.stop();
    this.world.storage.close();
  }

  // ---- what screens read; each key changes when what it names did ----

  /** Everybody of the workspace, whoever has left too. */
  get agents(): ReadonlyMap<string, Colleague> {
    return this.people.all;
  }

  listen = (key: string, listener: () => void) => this.signals.listen(key, listener);
  conversation = (id: string): Conversation | undefined => this.board.conversation(id);
  thread = (id: string): ThreadSnapshot => this.threads.snapshot(id);
  list = (shelf: Shelf): ListSnapshot => (isListed(shelf) ? this.lists.snapshot(shelf) : this.drafted.list());
  draftCount = (): number => this.drafted.ids().length;
  hasDraft = (id: string): boolean => this.drafted.has(id);
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
  lookers = (id: string): string => this.looking.at(id);
  isLive = (): boolean => this.line?.name === "live";
  lineName = (): Line["name"] => this.line?.name ?? "off";
  notices = (): readonly Notice[] => this.noticeList;
  /** Replies and notes that wait for the person's decision. */
  held = (): readonly Intent[] => this.heldList;
  /** The conversations in which something waits for this agent's decision. */
  decisions = (): readonly string[] => {
    const all = [
      ...new Set([...this.heldList.map(({ conversation }) => conversation), ...this.board.returned]),
    ];
    const known = this.undecided;
    const isSame = all.length === known.length && all.every((id, place) => known[place] === id);
    if (!isSame) this.undecided = all;
    return this.undecided;
  };
  intents = (conversation: string) => this.courier.intentsOf(conversation);
  unsent = (): number => this.courier.waiting;

  // ---- what screens do ----

  ensureList = (shelf: Shelf) => (isListed(shelf) ? this.lists.ensure(shelf) : this.drafted.fetch());
  /** Fetches threads that are likely to be opened next, so that opening them waits for nothing. */
  lookAhead = (ids: readonly string[]): void => {
    if (this.isLive()) void this.threads.ahead(ids);
  };
  moreOfList = async (shelf: Shelf): Promise<void> => {
    if (isListed(shelf)) await this.lists.more(shelf);
  };
  /** Fetches a list until it is whole or holds so many rows; false when that failed. */
  wholeList = async (shelf: Shelf, most: number): Promise<boolean> =>
    !isListed(shelf) || this.lists.whole(shelf, most);
  /** Fetches what a thread needs to show its newest messages, or those around `seq`. */
  openThread = (id: string, seq: number | null = null) => this.threads.open(id, seq);
  newerInThread = (id: string) => this.threads.newer(id);
  olderInThread = (id: string) => this.threads.older(id);
  wake = () => {
    this.wire.dispatch({ on: "wake" });
    this.courier.dispatch({ on: "wake" });
    this.uploads.wake();
    if (may(this.me.role, "note")) void this.draftSync.catchUp();
    void this.adopt().catch(() => {});
  };

  /** The conversations in memory, for looking through them while somebody types. */
  known = (): Iterable<Conversation> => this.board.all();

  /** Asks the server what was said where. The conversations of what was found are known afterwards. */
  async search(
    query: Omit<SearchQuery, "before" | "limit">,
    before: string | null,
  ): Promise<Outcome<SearchPage>> {
    const asked = this.replica.moment();
    const outcome = await this.world.api.search({
      ...query,
      limit: SEARCH_HITS,
      ...(before === null ? {} : { before }),
    });
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
    if (had !== this.hasDraft(conversation)) this.drafted.changed(conversation);
  }

  detach(conversation: string, file: string): void {
    this.uploads.remove([file]);
    if (!this.hasDraft(conversation)) this.drafted.changed(conversation);
  }

  retryFile = (file: string): void => this.uploads.retry(file);
  dismissFileFaults = (conversation: string): void => this.uploads.dismissFaults(conversation);

  // Writing: see `Answers`.
  reply = (conversation: string, text: string, andClose: boolean, until?: HoldUntil) =>
    this.answers.reply(conversation, text, andClose, until);
  note = (conversation: string, text: string, mentions: readonly Mention[] = []) =>
    this.answers.note(conversation, text, mentions);
  editing = (message: string) => this.answers.editing(message);
  edit = (conversation: string, message: string | null = null) => this.answers.edit(conversation, message);
  stopEditing = (message: string) => this.answers.stopEditing(message);
  saveEdit = (editing: Editing, text: string) => this.answers.saveEdit(editing, text);
  deleteMessage = (conversation: string, message: string) =>
    this.answers.deleteMessage(conversation, message);
  quoted = (conversation: string) => this.answers.quoted(conversation);
  setQuote = (conversation: string, message: string | undefined) =>
    this.answers.setQuote(conversation, message);
  quoteOlder = (conversation: string) => this.answers.quoteOlder(conversation);
  isOwn = (message: Message) => this.answers.isOwn(message);
  takeBack = (id: string) => this.answers.takeBack(id);
  discard = (id: string) => this.answers.discard(id);

  // Deciding: see `Doings`.
  decide = (conversations: readonly string[], decision: Decision) =>
    this.doings.decide(conversations, decision);
  changedView = (name: string, isGone: boolean, back: () => Promise<unknown>) =>
    this.doings.changedView(name, isGone, back);
  lastDone = () => this.doings.last();
  leftOfLast = () => this.doings.leftOfLast();
  undo = () => this.doings.undo();

  /** The page is left: drafts and replies that wait are brought to safety. */
  leave(): void {
    this.drafts.rescue();
    this.begun.rescue();
    this.draftSync.flush();
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

  dismiss(notice: number): void {
    this.noticeList = this.noticeList.filter((known) => known.id !== notice);
    this.signals.touch("notices");
  }

  /** Assigns what somebody else has taken meanwhile, now that the agent has seen who. */
  async assignAnyway({ id, intent, problem }: Notice): Promise<void> {
    this.dismiss(id);
    if (intent.kind !== "assign") return;
    const { conversation, agent, words } = intent;
    const seen = problem.holder?.agent_id ?? null;
    await this.decide([conversation], { kind: "assign", agent, seen, ...(words && { words }) });
    // They are on their way again, and not to be written twice.
    if (words && this.conversation(conversation)) await this.answers.noteGone(conversation, words);
  }

  /** The messages up to here stood on the screen long enough to be seen. */
  saw(conversation: string, seq: number): void {
    this.seen.set(conversation, Math.max(seq, this.seen.get(conversation) ?? 0));
  }

  /** The agent has read the messages up to here, for the team. */
  markRead = (conversation: string, seq: number): Promise<void> => this.reading.mark(conversation, seq);

  /** Tells of messages of users as they arrive; ends with the function it answers. */
  onArrival = (listener: (message: Message) => void) => this.feeds.onArrival(listener);

  /** Tells of notes that mention this agent, in the same way. */
  onMention = (listener: (note: Note) => void) => this.feeds.onMention(listener);

  /** The agent has seen the note that mentions them. */
  async readMention(conversation: string): Promise<void> {
    const seen = mentionOf(this.replica.conversations.get(conversation), this.me.id);
    if (!seen?.unread) return;
    const asked = this.replica.moment();
    const outcome = await this.world.api.readMention(conversation, seen.note_id);
    if (outcome.kind === "signed_out") this.signOutLocally();
    // Lost or refused: it is said again when the conversation is looked at again.
    if (outcome.kind !== "done") return;
    const before = this.replica.merge(asked, [outcome.value]);
    this.board.count(before, () => false);
    this.board.refresh(before.keys());
  }

  /** An id for a view that is to be kept. */
  newViewId = (): string => idOf("view", this.world.now(), this.world.randomBytes());

  /** Whether the agent looks at this page: pushes to them are held back meanwhile. */
  look(hasFocus: boolean): void {
    if (hasFocus === this.hasFocus) return;
    this.hasFocus = hasFocus;
    this.wire.send({ type: "focus", focused: hasFocus });
  }

  /** Which conversation this page shows to the agent: colleagues see it. */
  view(conversation: string | null): void {
    if (conversation === this.viewed) return;
    this.viewed = conversation;
    this.wire.send({ type: "viewing", conversation_id: conversation });
  }

  isWriting(conversation: string): void {
    if (this.typing.mayTell(conversation)) this.wire.send({ type: "typing", conversation_id: conversation });
  }

  async keepDraft(conversation: string, mode: DraftMode, text: string): Promise<void> {
    const had = this.drafts.has(conversation);
    const kept = this.drafts.write(conversation, mode, text);
    if (had !== this.drafts.has(conversation)) this.drafted.changed(conversation);
    await kept;
  }

  // ---- inner ----

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

  knowAway(away: ReadonlyMap<string, string | null>): void {
    this.away = away;
    this.signals.touch("away");
  }

  private snapshot(): Snapshot {
    return this.keeping.snapshot({
      savedAt: this.world.now(),
      agent: this.me,
      agents: [...this.agents.values()],
      mapAddress: this.mapAddress,
      mapTiles: this.mapTiles,
    });
  }

  private restore(snapshot: Snapshot): void {
    this.people.take(snapshot.agents);
    this.keeping.restore(snapshot);
  }

  /** Asks who is signed in and in which teams, which the feeds do not tell; what is shown waits for nothing of it. */
  private async confirm(): Promise<void> {
    const outcome = await this.world.api.bootstrap(1);
    if (this.isOut || this.isConfirmed) return;
    if (outcome.kind === "signed_out" || outcome.kind === "refused") return this.signOutLocally();
    // Lost: asked again as soon as the line is live.
    if (outcome.kind !== "done") return;
    const { agent, agents, teams, map_address, map_tiles } = outcome.value;
    if (agent.id !== this.me.id) return this.giveWay();
    this.isConfirmed = true;
    this.me = agent;
    this.mapAddress = map_address ?? null;
    this.mapTiles = map_tiles ?? null;
    this.people.told(agents);
    const isSameTeams =
      teams.length === this.replica.cursors.size && teams.every(({ id }) => this.replica.cursors.has(id));
    if (!isSameTeams) this.startOver();
    this.lists.recountSoon();
  }

  private take(bootstrap: Bootstrap): void {
    this.isConfirmed = true;
    this.mapAddress = bootstrap.map_address ?? null;
    this.mapTiles = bootstrap.map_tiles ?? null;
    this.people.told(bootstrap.agents);
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

  private startOver(): void {
    this.wire.dispatch({ on: "stop" });
    void this.bootstrapAgain();
  }

  private lineChanged(line: Line): void {
    const was = this.line?.name;
    this.line = line;
    if (was === line.name) return;
    this.signals.touch("line");
    if (line.name !== "live") return;
    this.feeds.live();
    this.signals.touch("availability");
    if (this.hasFocus) this.wire.send({ type: "focus", focused: true });
    this.looking.forget();
    this.tellView();
    if (!this.isConfirmed) void this.confirm();
    // The server is back: everything that waited for it goes on at once.
    this.courier.dispatch({ on: "wake" });
    this.uploads.wake();
    if (may(this.me.role, "note")) void this.draftSync.catchUp();
    this.lists.heal();
    void this.savedViews.fetch();
    this.lists.recountSoon();
    this.threads.heal();
    this.people.live();
    this.reading.resume();
  }

  private tellView(): void {
    if (this.viewed !== null) this.wire.send({ type: "viewing", conversation_id: this.viewed });
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
