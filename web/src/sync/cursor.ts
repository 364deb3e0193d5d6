// A place in a feed, `epoch.seq`: "I have seen every change up to seq, in the history `epoch`".

export interface Place {
  epoch: string;
  seq: bigint;
}

const CURSOR = /^([0-9a-f]{16})\.([0-9]{1,18})$/;

/** Reads a cursor; null when the text is none. */
export function placeOf(cursor: string): Place | null {
  const [, epoch, seq] = CURSOR.exec(cursor) ?? [];
  return epoch && seq ? { epoch, seq: BigInt(seq) } : null;
}
