const LIGATURES: Record<string, string> = { œ: "oe", æ: "ae", ß: "ss", ø: "o", ł: "l", đ: "d" };

/** A text without accents and case, so that "emile" finds "Émile" and "oeuvre" finds "œuvre". */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[œæßøłđ]/gu, (sign) => LIGATURES[sign] ?? sign);
}
