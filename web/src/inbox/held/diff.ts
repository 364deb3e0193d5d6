/** A piece of two texts: in both, only in the old one, only in the new one. */
export interface Piece {
  kind: "same" | "gone" | "new";
  text: string;
}

/** Words beyond which two texts are only told apart as a whole: the table of a comparison has their product. */
const WORDS = 1_500;

const words = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}’'-]+|[^\s\p{L}\p{N}]/gu) ?? [];

/** How a text became another, word by word: a longest common subsequence. */
export function diffOf(before: string, after: string): Piece[] {
  if (before === after) return joined([{ kind: "same", text: before }]);
  const [a, b] = [words(before), words(after)];
  if (a.length > WORDS || b.length > WORDS)
    return joined([
      { kind: "gone", text: before },
      { kind: "new", text: after },
    ]);
  const width = b.length + 1;
  // How long the longest common rest is from each pair of places on.
  const rest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const down = rest[(i + 1) * width + j] ?? 0;
      const right = rest[i * width + j + 1] ?? 0;
      rest[i * width + j] = a[i] === b[j] ? (rest[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(down, right);
    }
  const pieces: Piece[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [old, fresh] = [a[i], b[j]];
    if (old !== undefined && old === fresh) {
      pieces.push({ kind: "same", text: old });
      i++;
      j++;
    } else if (
      old !== undefined &&
      (fresh === undefined || (rest[(i + 1) * width + j] ?? 0) >= (rest[i * width + j + 1] ?? 0))
    ) {
      pieces.push({ kind: "gone", text: old });
      i++;
    } else {
      pieces.push({ kind: "new", text: fresh ?? "" });
      j++;
    }
  }
  return joined(pieces);
}

/** Pieces of a kind that follow each other are one. */
function joined(pieces: readonly Piece[]): Piece[] {
  const whole: Piece[] = [];
  for (const { kind, text } of pieces) {
    const last = whole.at(-1);
    if (last?.kind === kind) last.text += text;
    else if (text !== "") whole.push({ kind, text });
  }
  return whole;
}
