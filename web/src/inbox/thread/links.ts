export type Piece = { kind: "text"; text: string } | { kind: "link"; text: string; address: string };

const ADDRESS = /https?:\/\/[^\s<>"'`]+/giu;
/** What a sentence puts after an address. */
const TRAILING = /[.,;:!?…)\]}»”’]+$/u;

/** Finds web addresses in a text. Only `http` and `https` become links; everything stays text for the page. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const found = match[0].replace(TRAILING, "");
    if (!URL.canParse(found)) continue;
    if (match.index > from) pieces.push({ kind: "text", text: text.slice(from, match.index) });
    pieces.push({ kind: "link", text: found, address: found });
    from = match.index + found.length;
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}
