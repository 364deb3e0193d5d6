/** A user, by the id of the company's own system or by ours. */
export interface Whom {
  /** As it was written. */
  text: string;
  by: { app: string; external_id: string } | { user: string };
}

const OURS = /^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Who is meant; null while nothing is written. */
export function whomOf(app: string, written: string): Whom | null {
  const text = written.trim();
  if (!text || !app) return null;
  return { text, by: OURS.test(text) ? { user: text } : { app, external_id: text } };
}
