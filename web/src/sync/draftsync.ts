// Drafts on the server: what is written here goes there a moment later, and what was written elsewhere comes here. The newest
// words of a conversation and kind win; nothing is shown or stored later because the server is slow.
import type { Api } from "../api/client";
import type { ServerDraft } from "../api/types";
import type { Draft, DraftMode } from "./storage";

/** How long somebody types before it is told. */
const QUIET_MS = 1_000;
/** After words that did not reach the server, it is tried again this long after, or as soon as it is back. */
const AGAIN_MS = 15_000;
/** Drafts asked for at once. */
const PAGE_DRAFTS = 100;
/** What the server takes as an age, in milliseconds. */
const OLDEST_MS = 0xffff_ffff;

export interface DraftSyncEvents {
  /** Whether the words here may give way: nobody has changed them since they were told. */
  adopt(draft: Draft): void;
  /** These words are on the server. */
  told(draft: Draft): void;
  signedOut(): void;
}

export class DraftSync {
  /** What the server does not have yet. */
  private readonly untold = new Map<string, Draft & { at: number }>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private revision = 0;
  private isTelling = false;
  private isPulling = false;
  private isStopped = false;

  constructor(
    private readonly api: Api,
    private readonly now: () => number,
    private readonly events: DraftSyncEvents,
  ) {}

  /** Words were written here, at this moment or, in an earlier page, before. */
  wrote(draft: Draft, at = this.now()): void {
    this.untold.set(keyOf(draft), { ...draft, at });
    this.soon();
  }

  /** Tells what waits and asks for what is new: at the start, and whenever the server or the person is back. */
  async catchUp(): Promise<void> {
    await this.pull();
    await this.tell();
  }

  /** The page is left: what waits is told at once, by requests that outlive it. */
  flush(): void {
    void this.tell();
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private soon(ms = QUIET_MS): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.tell(), ms);
  }

  private async tell(): Promise<void> {
    if (this.isTelling || this.isStopped) return;
    this.isTelling = true;
    let pause = QUIET_MS;
    for (const [key, draft] of this.untold) {
      const { conversation, mode, text, at } = draft;
      const ago = Math.min(OLDEST_MS, Math.max(0, Math.round(this.now() - at)));
      const outcome = await this.api.putDraft(conversation, mode, text === "" ? null : text, ago);
      if (outcome.kind === "signed_out") this.events.signedOut();
      if (outcome.kind === "lost" || outcome.kind === "signed_out") {
        pause = AGAIN_MS;
        break;
      }
      if (this.untold.get(key) !== draft) continue;
      this.untold.delete(key);
      if (outcome.kind !== "done") continue;
      this.events.told({ conversation, mode, text });
      this.take(outcome.value);
    }
    this.isTelling = false;
    // What was written, or sent and so emptied, while a request was under way.
    if (this.untold.size > 0 && !this.isStopped) this.soon(pause);
  }

  private async pull(): Promise<void> {
    if (this.isPulling || this.isStopped) return;
    this.isPulling = true;
    for (let more = true; more && !this.isStopped; ) {
      const outcome = await this.api.drafts(this.revision, PAGE_DRAFTS);
      if (outcome.kind === "signed_out") this.events.signedOut();
      if (outcome.kind !== "done") break;
      more = outcome.value.more;
      for (const draft of outcome.value.drafts) {
        this.revision = Math.max(this.revision, draft.revision);
        this.take(draft);
      }
    }
    this.isPulling = false;
  }

  private take({ conversation_id: conversation, kind: mode, text }: ServerDraft): void {
    // What is written here and not told yet is newer, or the server will say that it is not.
    if (!this.untold.has(keyOf({ conversation, mode })))
      this.events.adopt({ conversation, mode, text: text ?? "" });
  }
}

const keyOf = ({ conversation, mode }: { conversation: string; mode: DraftMode }) =>
  `${conversation} ${mode}`;
