// The words around mentions, which are fetched with the composer and not before.
import type { Language } from "../../words/words";

const en = {
  offered: "Colleagues",
  told: (names: string) => `Told of it: ${names}`,
  tooMany: "A note mentions at most 20 colleagues.",
};

const fr: typeof en = {
  offered: "Collègues",
  told: (names) => `Sera prévenu : ${names}`,
  tooMany: "Une note mentionne au plus 20 collègues.",
};

export const mentionWords: Record<Language, typeof en> = { en, fr };
