import { LONG_MS, say } from "../notify/say";
import { pathOf } from "../paths";
import type { Messages } from "../words/en";

/** Copies the address of a conversation, or of one message in it; it opens for every colleague of its team. */
export async function copyLink(
  conversation: string,
  message: number | null,
  words: Messages["link"],
): Promise<void> {
  const address = new URL(pathOf({ view: "all", conversation, message }), location.origin).href;
  try {
    await navigator.clipboard.writeText(address);
    say(message === null ? words.copied : words.copiedMessage);
  } catch {
    // Without https, or without leave, a browser copies nothing: then it can be copied by hand.
    say(words.refused(address), LONG_MS);
  }
}

/** The same for the message that has the focus, by one of its buttons; else for the conversation. */
export function copyLinkHere(conversation: string, words: Messages["link"]): Promise<void> {
  const seq = document.activeElement?.closest("[data-seq]")?.getAttribute("data-seq");
  return copyLink(conversation, seq ? Number(seq) : null, words);
}
