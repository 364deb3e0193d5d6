// How far this agent has read for the team: shown at once, told to the server, and told again when it was lost.
import type { Api } from "../api/client";
import type { Board } from "./board";
import type { Replica } from "./replica";

export interface ReadingWorld {
  api: Api;
  board: Board;
  replica: Replica;
  /** Whether this agent marks anything as read: a viewer and a trainee look without being seen. */
  mayMark: () => boolean;
}

export class Reading {
  /** What the server would not take, by conversation: asking again would get the same answer. */
  private readonly refused = new Map<string, number>();

  constructor(private readonly world: ReadingWorld) {}

  /** The agent has read the messages up to here. */
  async mark(conversation: string, seq: number): Promise<void> {
    const { board, replica, mayMark } = this.world;
    const known = replica.conversations.get(conversation)?.receipts.team_read_seq ?? 0;
    const said = Math.max(known, board.reading.get(conversation) ?? 0, this.refused.get(conversation) ?? 0);
    if (!mayMark() || seq <= said) return;
    board.reading.set(conversation, seq);
    board.refresh([conversation]);
    await this.send(conversation, seq);
  }

  /** The line is live: what was lost is said again. */
  resume(): void {
    for (const [conversation, seq] of this.world.board.reading) void this.send(conversation, seq);
  }

  private async send(conversation: string, seq: number): Promise<void> {
    const { api, board, replica } = this.world;
    const asked = replica.moment();
    const outcome = await api.moveReceipt(conversation, seq);
    if (outcome.kind === "done") board.refresh(replica.merge(asked, [outcome.value]).keys());
    if (outcome.kind !== "refused") return;
    // The overlay was wrong.
    this.refused.set(conversation, seq);
    board.reading.delete(conversation);
    board.refresh([conversation]);
  }
}
