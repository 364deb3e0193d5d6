// From a saved reply to the words that are put into the field.
import type { Agent, Conversation, SavedReply } from "../../api/types";

/** What can stand between the braces. */
export const PLACEHOLDERS = [
  "user.name",
  "user.first_name",
  "user.email",
  "agent.name",
  "agent.first_name",
  "conversation.title",
] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];

const first = (name: string | null | undefined) => name?.trim().split(/\s/u)[0];

/** What is known of a conversation, for those placeholders that can be filled. */
export function factsOf({ user, title }: Conversation, me: Agent): Partial<Record<Placeholder, string>> {
  const all: Record<Placeholder, string | null | undefined> = {
    "user.name": user.name,
    "user.first_name": first(user.name),
    "user.email": user.email,
    "agent.name": me.name,
    "agent.first_name": first(me.name),
    "conversation.title": title,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value)) as Partial<
    typeof all
  > as Partial<Record<Placeholder, string>>;
}

/** Fills what is known; what is not stays as it stands, for the agent to see. */
export function fill(text: string, facts: Partial<Record<string, string>>): string {
  return text.replace(/\{\{\s*([a-z_.]+)\s*\}\}/gu, (whole, name: string) => facts[name] ?? whole);
}

const primary = (language: string) => language.toLowerCase().split("-")[0];

/** The words in the language of the user: the very one, else its kin, else the first. */
export function wordsIn({ texts }: SavedReply, language: string | null | undefined): string {
  const wanted = language?.toLowerCase() ?? "";
  const found =
    texts.find((it) => it.language.toLowerCase() === wanted) ??
    texts.find((it) => primary(it.language) === primary(wanted)) ??
    texts[0];
  return found?.text ?? "";
}
