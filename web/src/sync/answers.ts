// What an agent writes: replies, notes, other words for what was said, and having back what is not out yet.
import type { Asked, Conversation, HeldReply, HoldUntil, Mention, Message, Part } from "../api/types";
import type { BegunOnes, Rewritten } from "./begun";
import type { Courier } from "./courier";
import type { Deed } from "./deeds";
import type { Drafts } from "./drafts";
import type { HeldIntent, Intent, ReplyFile, ReplyIntent } from "./intent";
import { wordsOf } from "./overlay";
import type { Signals } from "./signals";
import type { DraftMode } from "./storage";
import type { Uploads } from "./uploads";

/** How long a deletion waits at least, because the server undoes none. */
const DELETION_MS = 5_000;

/** An own message with the words that are being written for it. */
export interface Editing {
  conversation: string;
  message: string;
  text: string;
  /** How often this page was asked to edit it: each time its field gets the focus. 0: an earlier page was. */
  asked: number;
}

/** What writing needs of the inbox around it. */
export interface Desk {
  courier: Courier;
  uploads: Uploads;
  drafts: Drafts;
  begun: BegunOnes;
  signals: Signals;
  me: () => string;
  /** Whether what is written here goes out only once somebody has approved it. */
  proposes: () => boolean;
  messages: (conversation: string) => readonly Message[];
  conversation: (id: string) => Conversation | undefined;
  /** The last message that the agent had before their eyes; 0: none. */
  seen: (conversation: string) => number;
  base: (
    conversation: string,
    prefix: "msg" | "note" | "int",
  ) => Omit<ReplyIntent, "kind" | "text" | "seenSeq">;
  now: () => number;
  holdMs: () => number;
  toNewest: (conversation: string) => void;
  did: (deed: Deed) => void;
  /** A deed that cannot be had back any more. */
  settled: (intent: string) => void;
  draftsChanged: (conversation: string) => void;
}

export class Answers {
  /** The messages whose fields stand open in this page; what was begun in an earlier one opens as it is looked at. */
  private readonly edited = new Map<string, Editing>();
  /** The conversations whose replies that wait for approval are being rewritten: they may go away meanwhile. */
  private readonly watched = new Set<string>();
  /** Rewritten replies that are being put into a draft. */
  private readonly moving = new Set<string>();
  /** Rewritten replies that wait no more, and for which a draft had no room. */
  private readonly left = new Set<string>();

  constructor(private readonly desk: Desk) {}

  /**
   * Sends a reply with the files of its draft; resolves when it is safely in the outbox. The server holds it for a moment, or
   * until what was asked for. `andClose` closes the conversation as it goes out.
   */
  async reply(conversation: string, text: string, andClose: boolean, until?: HoldUntil): Promise<void> {
    const { desk } = this;
    const { courier, uploads } = desk;
    const holdMs = desk.holdMs();
    const moment: HoldUntil | undefined =
      holdMs > 0 ? { type: "seconds", seconds: Math.ceil(holdMs / 1_000) } : undefined;
    const hold = desk.proposes() ? ({ type: "approval" } as const) : (until ?? moment);
    const files = uploads
      .inDraft(conversation)
      .map(({ id, name, bytes, mediaType }) => ({ id, name, bytes, mediaType }));
    const quote = this.quoted(conversation);
    const asks = this.asks(conversation);
    const reply: ReplyIntent = {
      ...desk.base(conversation, "msg"),
      kind: "reply",
      text,
      // Not seen at all: 0, and whatever stands there is shown before anything is sent.
      seenSeq: desk.seen(conversation),
      ...(hold === undefined ? {} : { hold, ...(andClose && { thenClose: true }) }),
      ...(files.length > 0 && { files }),
      ...(quote !== undefined && { quote }),
      ...(asks !== undefined && { asks }),
    };
    const ids = fileIdsOf(reply);
    uploads.claim(ids, reply.id);
    try {
      await courier.take(reply, { conversation, mode: "reply", at: desk.now() });
    } catch (error) {
      uploads.release(ids);
      throw error;
    }
    if (this.quoted(conversation) === quote) this.setQuote(conversation, undefined);
    if (this.asks(conversation) === asks) this.setAsk(conversation, undefined);
    for (const id of ids) if (uploads.isComplete(id)) courier.dispatch({ on: "file", id });
    desk.toNewest(conversation);
    if (hold !== undefined) return desk.did({ kind: "reply", conversation, intent: reply.id });
    if (!andClose) return;
    const close = desk.base(conversation, "int");
    await courier.take({ ...close, kind: "state", state: "closed", after: reply.id });
  }

  async note(conversation: string, text: string, mentions: readonly Mention[]): Promise<void> {
    const note: Intent = {
      ...this.desk.base(conversation, "note"),
      kind: "note",
      text,
      ...(mentions.length > 0 && { mentions }),
    };
    await this.desk.courier.take(note, { conversation, mode: "note", at: this.desk.now() });
  }

  // ---- other words, and taking back what was said ----

  /** How an own message is being edited; null: it is not. The same object as long as nobody begins or ends it. */
  editing(message: string): Editing | null {
    const open = this.edited.get(message);
    if (open) return open;
    const begun = this.desk.begun.edit(message);
    if (!begun) return null;
    const { conversation, text } = begun;
    const editing = { conversation, message, text, asked: 0 };
    this.edited.set(message, editing);
    return editing;
  }

  /**
   * Begins to edit an own message, or goes on; none: the last one of the thread. Answers whether there is one that can be
   * edited.
   */
  edit(conversation: string, message: string | null = null): boolean {
    const own = this.desk.messages(conversation).filter((it) => this.isOwn(it));
    const found = message === null ? own.at(-1) : own.find(({ id }) => id === message);
    const text = found && wordsOf(found);
    if (!found || text === null || text === undefined) return false;
    const known = this.editing(found.id);
    const begun = this.desk.begun.edit(found.id)?.text;
    this.edited.set(found.id, {
      conversation,
      message: found.id,
      text: begun ?? text,
      asked: (known?.asked ?? 0) + 1,
    });
    this.desk.signals.touch("editing");
    return true;
  }

  /** Keeps what was changed so far, for when the line comes onto the screen again, in this page or the next. */
  keepEdit(conversation: string, message: string, text: string): void {
    void this.desk.begun.put({ kind: "edit", conversation, message, text });
  }

  /** The words as they were changed so far. */
  editedWords = ({ message, text }: Editing): string => this.desk.begun.edit(message)?.text ?? text;

  stopEditing(message: string): void {
    this.desk.begun.dropEdit(message);
    if (this.edited.delete(message)) this.desk.signals.touch("editing");
  }

  /** Gives the message other words; resolves when that is safely in the outbox. The words that it has change nothing. */
  async saveEdit({ conversation, message }: Editing, text: string): Promise<void> {
    const truth = this.desk.messages(conversation).find(({ id }) => id === message);
    if (truth && wordsOf(truth) !== text)
      await this.desk.courier.take({ ...this.desk.base(conversation, "int"), kind: "edit", message, text });
    this.stopEditing(message);
  }

  /** Takes an own message back, a moment later: until then that can be undone. */
  async deleteMessage(conversation: string, message: string): Promise<void> {
    const until = this.desk.now() + Math.max(this.desk.holdMs(), DELETION_MS);
    const intent: Intent = { ...this.desk.base(conversation, "int"), kind: "delete", message, until };
    this.stopEditing(message);
    await this.desk.courier.take(intent);
    this.desk.did({ kind: "delete", conversation, intent: intent.id });
  }

  isOwn = ({ author }: Message): boolean => author.kind === "agent" && author.id === this.desk.me();

  // ---- what the server refused ----

  /**
   * Puts the words of what the server refused where they can be used again: those of an edit, or of a colleague's reply that
   * was approved with changes, where they were written, those to a colleague at the end of the draft of a note. An earlier
   * page may have come this far and no further.
   */
  async keepRefused(intent: Intent): Promise<void> {
    const { begun, courier, drafts, signals } = this.desk;
    const { conversation } = intent;
    if (intent.kind === "edit") {
      const { message, text, order } = intent;
      const isNewest = courier
        .intentsOf(conversation)
        .every((it) => it.kind !== "edit" || it.message !== message || it.order <= order);
      // Whoever has changed them again since began with these.
      if (isNewest && (begun.edit(message)?.text ?? text) === text)
        await begun.put({ kind: "edit", conversation, message, text });
      return signals.touch("editing");
    }
    if (intent.kind === "release" && intent.parts) {
      const { message, parts } = intent;
      const text = textOf(parts);
      if ((this.rewritten(message) ?? text) === text)
        await this.keepApproval({ kind: "approval", conversation, message, text });
      return this.settleRewritten(conversation);
    }
    const words = intent.kind === "giveBack" ? intent.note : intent.kind === "assign" ? intent.words : "";
    const draft = drafts.text(conversation, "note");
    if (words && without(draft, words) === null) await this.writeNote(conversation, joined(draft, words));
  }

  /** Words that went back into the draft of a note have left it by another way. */
  async noteGone(conversation: string, words: string): Promise<void> {
    const rest = without(this.desk.drafts.text(conversation, "note"), words);
    if (rest !== null) await this.writeNote(conversation, rest);
  }

  // ---- other words for a reply that waits for approval ----

  /** The words that a reply is being given before it is approved; none: nobody has begun. */
  rewritten = (reply: string): string | undefined => this.desk.begun.approval(reply)?.text;

  /** Keeps them, for when the reply comes onto the screen again, in this page or the next. The words that it has: none. */
  async keepRewritten(conversation: string, held: HeldReply, text: string): Promise<void> {
    if (text === textOf(held.parts)) return this.desk.begun.dropApproval(held.id);
    await this.keepApproval({ kind: "approval", conversation, message: held.id, text });
  }

  /** Goes on with what an earlier page began. */
  resume(): void {
    for (const { conversation } of this.desk.begun.approvals()) this.watch(conversation);
  }

  /** Words for a reply that waits no more, while something else stands in the draft of the conversation. */
  leftOver = (conversation: string): Rewritten | undefined =>
    this.desk.begun.approvals().find((it) => it.conversation === conversation && this.left.has(it.message));

  /** Puts them into the draft, above what stands there. */
  async putLeftOver(rewritten: Rewritten): Promise<void> {
    const { conversation, text } = rewritten;
    await this.intoDraft(conversation, "reply", text, undefined, undefined);
    this.dropLeftOver(rewritten);
  }

  dropLeftOver({ conversation, message }: Rewritten): void {
    this.desk.begun.dropApproval(message);
    this.desk.draftsChanged(conversation);
  }

  private async keepApproval(rewritten: Rewritten): Promise<void> {
    this.watch(rewritten.conversation);
    await this.desk.begun.put(rewritten);
  }

  private watch(conversation: string): void {
    if (this.watched.has(conversation)) return;
    this.watched.add(conversation);
    const look = () => void this.settleRewritten(conversation).catch(() => {});
    this.desk.signals.listen(`conversation:${conversation}`, look);
    look();
  }

  /** The author takes a reply back, or a colleague approves it, while this agent rewrites it. */
  private async settleRewritten(conversation: string): Promise<void> {
    const header = this.desk.conversation(conversation);
    if (!header) return;
    const waiting = (header.held ?? []).filter((it) => it.waits_for === "approval").map(({ id }) => id);
    for (const rewritten of this.desk.begun.approvals()) {
      const { message } = rewritten;
      const isSettled = waiting.includes(message) || this.moving.has(message) || this.left.has(message);
      if (rewritten.conversation !== conversation || isSettled) continue;
      this.moving.add(message);
      await this.letGo(rewritten).finally(() => this.moving.delete(message));
    }
  }

  /** Their words become the draft of a reply, or are shown beside the one that stands there. */
  private async letGo(rewritten: Rewritten): Promise<void> {
    const { begun, drafts } = this.desk;
    const { conversation, message, text } = rewritten;
    // Otherwise another tab has sent them, or put them into the draft.
    if (await begun.isOpen(rewritten)) {
      const draft = drafts.text(conversation, "reply");
      if (draft === "") await this.intoDraft(conversation, "reply", text, undefined, undefined);
      else if (draft !== text) {
        this.left.add(message);
        return this.desk.draftsChanged(conversation);
      }
    }
    begun.dropApproval(message);
    this.desk.draftsChanged(conversation);
  }

  private writeNote(conversation: string, text: string): Promise<void> {
    const kept = this.desk.drafts.write(conversation, "note", text);
    this.desk.signals.touch(`draft:${conversation}`);
    this.desk.draftsChanged(conversation);
    return kept;
  }

  // ---- answering one message among many ----

  /** The message that the reply being written answers. */
  quoted = (conversation: string): string | undefined => this.desk.begun.quote(conversation);

  /** The reply that is written next answers this message; undefined: none. */
  setQuote(conversation: string, message: string | undefined): void {
    if (message === undefined) this.desk.begun.dropQuote(conversation);
    else void this.desk.begun.put({ kind: "quote", conversation, message });
    this.desk.signals.touch(`draft:${conversation}`);
  }

  /** Quotes the user's newest message; again: the one before it. Answers whether there is one. */
  quoteOlder(conversation: string): boolean {
    const theirs = this.desk
      .messages(conversation)
      .filter((it) => it.author.kind === "user" && !it.deleted_at);
    const place = theirs.findIndex(({ id }) => id === this.quoted(conversation));
    const found = theirs[place - 1] ?? theirs.at(-1);
    if (found) this.setQuote(conversation, found.id);
    return found !== undefined;
  }

  // ---- asking for a place or a photo ----

  /** What the reply being written asks the user for. */
  asks = (conversation: string): Asked | undefined => this.desk.begun.asks(conversation);

  /** The reply that is written next asks for this; undefined: for nothing. */
  setAsk(conversation: string, what: Asked | undefined): void {
    if (what === undefined) this.desk.begun.dropAsk(conversation);
    else void this.desk.begun.put({ kind: "ask", conversation, what });
    this.desk.signals.touch(`draft:${conversation}`);
  }

  // ---- having back what is not out ----

  discard(id: string): void {
    const intent = this.desk.courier.intent(id);
    if (intent?.kind === "reply") this.desk.uploads.remove(fileIdsOf(intent));
    this.forget(id);
  }

  /** Takes a reply or note that has not been sent back into the composer. What stands there already stays, below it. */
  async takeBack(id: string): Promise<void> {
    const { courier, uploads } = this.desk;
    const intent = courier.intent(id);
    if (intent?.kind !== "reply" && intent?.kind !== "note") return;
    // What the server holds, or may hold, can be had back from there.
    const isWithTheServer = intent.kind === "reply" && intent.hold !== undefined && courier.isDoubtful(id);
    const isUnsent = courier.isUnsent(id);
    if (!isUnsent && !isWithTheServer) return;
    const isGone =
      intent.held?.why === "refused" && intent.held.code === "quote_unusable" && intent.kind === "reply";
    const quote = intent.kind === "reply" && !isGone ? intent.quote : undefined;
    const asks = intent.kind === "reply" ? intent.asks : undefined;
    await this.intoDraft(intent.conversation, intent.kind, intent.text, quote, asks);
    if (intent.kind === "reply") uploads.release(fileIdsOf(intent));
    if (isWithTheServer) await this.ask(intent.conversation, { kind: "withdraw", message: id });
    if (isUnsent) this.forget(id);
    this.desk.draftsChanged(intent.conversation);
  }

  /** Takes a reply that the server holds back into the composer. */
  async takeHeldBack(conversation: string, held: HeldReply): Promise<void> {
    const asks = held.parts.find((part) => part.type === "request")?.for;
    await this.intoDraft(conversation, "reply", textOf(held.parts), held.quote ?? undefined, asks);
    this.desk.uploads.adopt(conversation, held.parts.flatMap(fileOf));
    await this.drop(conversation, held);
    this.desk.draftsChanged(conversation);
  }

  /** Has the reply back that this agent wrote last, wherever it is; answers whether that was possible. */
  async haveBack(conversation: string, id: string): Promise<boolean> {
    if (this.desk.courier.has(id)) {
      await this.takeBack(id);
      return true;
    }
    const held = this.desk.conversation(conversation)?.held?.find((it) => it.id === id);
    if (held) await this.takeHeldBack(conversation, held);
    return held !== undefined;
  }

  /** Takes a reply that the server holds away. */
  async drop(conversation: string, held: HeldReply): Promise<void> {
    this.desk.settled(held.id);
    await this.ask(conversation, { kind: "withdraw", message: held.id });
  }

  /** Sends a reply that the server holds now, as it is or with other words, in the knowledge of what this agent has seen. */
  async release(conversation: string, held: HeldReply, text?: string): Promise<void> {
    const seenSeq = this.desk.seen(conversation);
    const others = held.parts.filter((part) => part.type !== "text");
    const parts: Part[] | undefined = text === undefined ? undefined : [{ type: "text", text }, ...others];
    await this.ask(conversation, { kind: "release", message: held.id, seenSeq, ...(parts && { parts }) });
  }

  /** Gives a reply that the server holds another time. */
  async setTime(conversation: string, held: HeldReply, sendAt: string): Promise<void> {
    await this.ask(conversation, { kind: "retime", message: held.id, sendAt });
  }

  /** Gives a reply that waits for approval back to its author. */
  async giveBack(conversation: string, held: HeldReply, note: string): Promise<void> {
    await this.ask(conversation, { kind: "giveBack", message: held.id, note });
  }

  private async ask(conversation: string, what: HeldAct): Promise<void> {
    await this.desk.courier.take({ ...this.desk.base(conversation, "int"), ...what });
    // Another time leaves the words open.
    if (what.kind !== "retime") this.desk.begun.dropApproval(what.message);
  }

  private async intoDraft(
    conversation: string,
    mode: DraftMode,
    text: string,
    quote: string | undefined,
    asks: Asked | undefined,
  ) {
    const draft = this.desk.drafts.text(conversation, mode);
    await this.desk.drafts.write(conversation, mode, joined(text, draft));
    if (quote !== undefined) void this.desk.begun.put({ kind: "quote", conversation, message: quote });
    if (asks !== undefined) void this.desk.begun.put({ kind: "ask", conversation, what: asks });
    this.desk.signals.touch(`draft:${conversation}`);
  }

  private forget(id: string): void {
    this.desk.settled(id);
    this.desk.courier.dispatch({ on: "discard", id });
  }
}

type OfKind<I> = I extends unknown ? Omit<I, keyof Omit<ReplyIntent, "kind" | "text" | "seenSeq">> : never;
type HeldAct = OfKind<HeldIntent>;

export const fileIdsOf = (intent: Intent): string[] =>
  intent.kind === "reply" ? (intent.files ?? []).map(({ id }) => id) : [];

const joined = (first: string, second: string): string =>
  [first, second].filter((it) => it !== "").join("\n\n");

/** What `joined` put words to; null: they are not at the end. */
function without(text: string, words: string): string | null {
  if (text === words) return "";
  return text.endsWith(`\n\n${words}`) ? text.slice(0, -words.length - 2) : null;
}

/** All words of a message. */
export const textOf = (parts: readonly Part[]): string =>
  parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");

const fileOf = (part: Part): ReplyFile[] =>
  part.type === "attachment"
    ? [
        {
          id: part.attachment_id,
          name: part.name ?? "",
          bytes: part.bytes,
          mediaType: part.media_type,
        },
      ]
    : [];
