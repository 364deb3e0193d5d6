// The conversations in which words or files wait to be sent.
import type { Api } from "../api/client";
import type { Conversation } from "../api/types";
import type { Board } from "./board";
import type { Drafts } from "./drafts";
import type { ListSnapshot } from "./lists";
import type { Replica } from "./replica";
import type { Signals } from "./signals";
import type { Draft } from "./storage";
import type { Uploads } from "./uploads";

/** What the list of drafts is made of. */
export interface DraftedWorld {
  api: Api;
  drafts: Drafts;
  uploads: () => Uploads;
  board: () => Board;
  replica: Replica;
  signals: Signals;
  conversation: (id: string) => Conversation | undefined;
  signedOut: () => void;
}

export class Drafted {
  private known: ListSnapshot | null = null;

  constructor(private readonly world: DraftedWorld) {}

  ids(): string[] {
    const { uploads, drafts, board } = this.world;
    return [...new Set([...uploads().conversations(), ...drafts.conversations(), ...board().returned])];
  }

  has = (id: string): boolean => this.world.drafts.has(id) || this.world.uploads().inDraft(id).length > 0;

  /** The most recently active first. */
  list(): ListSnapshot {
    const rows = this.ids()
      .flatMap((id) => this.world.conversation(id) ?? [])
      .sort((a, b) => (a.active_at < b.active_at ? 1 : -1))
      .map(({ id }) => id);
    const { known } = this;
    if (known && rows.length === known.rows.length && rows.every((id, place) => known.rows[place] === id))
      return known;
    this.known = { rows, hasMore: false, status: "idle", isKnown: true };
    return this.known;
  }

  /** A draft may be of a conversation that no list has brought. */
  async fetch(): Promise<void> {
    const { api, replica, board, conversation, signals, signedOut } = this.world;
    for (const id of this.ids()) {
      if (conversation(id)) continue;
      const asked = replica.moment();
      const outcome = await api.conversation(id);
      if (outcome.kind === "signed_out") return signedOut();
      if (outcome.kind === "done") board().refresh(replica.merge(asked, [outcome.value]).keys());
    }
    signals.touch("view:drafts");
  }

  /** What this agent has written in another browser, or sent from there. */
  adopt(draft: Draft): void {
    if (!this.world.drafts.adopt(draft)) return;
    this.world.signals.touch(`draft:${draft.conversation}`);
    this.changed(draft.conversation);
    if (draft.text !== "") void this.fetch();
  }

  changed(conversation: string): void {
    this.world.signals.touch(`conversation:${conversation}`);
    this.world.signals.touch("view:drafts");
  }
}
