// A place in a feed, `epoch.seq`: "I have seen every change up to seq, in the history `epoch`".

export interface Place {
  epoch: string;
  seq: number;
}

/** Reads a cursor. A text that is none gives a place that matches no history, so that the server decides. */
export function placeOf(cursor: string): Place {
  const dot = cursor.indexOf(".");
  const seq = Number(cursor.slice(dot + 1));
  return dot > 0 && Number.isSafeInteger(seq) ? { epoch: cursor.slice(0, dot), seq } : { epoch: "", seq: -1 };
}
