/** A placeholder that still stands in a text; it must not go out. */
export const gapIn = (text: string): string | null => /\{\{[^{}\n]{1,64}\}\}/u.exec(text)?.[0] ?? null;
