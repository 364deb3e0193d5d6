import type { AppearanceSettings, SetAppearance } from "../api";
import { colourOf } from "./tones";

export interface GreetingDraft {
  language: string;
  text: string;
}

/** How an app is to look, while somebody changes it. */
export interface LookDraft {
  name: string;
  /** As it is written; empty: none. */
  accent: string;
  greetings: GreetingDraft[];
}

/** What cannot be saved as it stands. */
export type WrongLook = "name" | "accent" | "language" | "twice" | "long";

/** As the server counts: bytes of UTF-8. */
const NAME_BYTES = 256;
const GREETING_BYTES = 500;
export const LANGUAGES = 12;

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** Somebody who has no greeting yet begins with one in their own language. */
export function lookDraftOf(settings: AppearanceSettings, language: string): LookDraft {
  const kept = (settings.greetings ?? []).map((one) => ({ language: one.language, text: one.text }));
  return {
    name: settings.name ?? "",
    accent: settings.accent ?? "",
    greetings: kept.length > 0 ? kept : [{ language, text: "" }],
  };
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

const written = ({ greetings }: LookDraft) =>
  greetings
    .map(({ language, text }) => ({ language: language.trim(), text: text.trim() }))
    .filter(({ text }) => text !== "");

export function wrongLookOf(draft: LookDraft): WrongLook | null {
  if (bytes(draft.name.trim()) > NAME_BYTES) return "name";
  if (draft.accent.trim() !== "" && !colourOf(draft.accent)) return "accent";
  const greetings = written(draft);
  if (greetings.some(({ language }) => !isLanguage(language))) return "language";
  const languages = new Set(greetings.map(({ language }) => language.toLowerCase()));
  if (languages.size < greetings.length) return "twice";
  return greetings.some(({ text }) => bytes(text) > GREETING_BYTES) ? "long" : null;
}

/** What is sent; languages without words are left out. */
export function lookOf(draft: LookDraft): SetAppearance {
  const [name, accent] = [draft.name.trim(), colourOf(draft.accent)];
  const greetings = written(draft);
  return { ...(name && { name }), ...(accent && { accent }), ...(greetings.length > 0 && { greetings }) };
}
