import type { Message, Receipts } from "../../api/types";
import type { Status } from "./status";

/**
 * The lines at which a state is told: the last message of the team that the user has read, the last that was only
 * delivered, the last that was only sent. What stands above them has come at least as far.
 */
export function statusMarks(messages: readonly Message[], receipts: Receipts): Map<string, Status> {
  const last = new Map<Status, string>();
  for (const message of messages) {
    if (message.author.kind !== "agent") continue;
    last.set(statusOf(message.seq, receipts), message.id);
  }
  return new Map([...last].map(([status, id]) => [id, status]));
}

function statusOf(seq: number, { user_read_seq, user_delivered_seq }: Receipts): Status {
  if (seq <= user_read_seq) return "read";
  return seq <= user_delivered_seq ? "delivered" : "sent";
}
