// The words of conversations that are merged, which are fetched with them and not before.
import { pluralOf } from "../../words/plural";
import type { Language } from "../../words/words";

const plural = { en: pluralOf("en"), fr: pluralOf("fr") };

const en = {
  untitled: "Without a title",
  came: (title: string) => `“${title}” was merged into this conversation`,
  went: (title: string) => `“${title}” stands by itself again, because the user wrote in it`,
  into: (title: string) => `Merged into “${title}”`,
  back: (title: string) => `The user wrote here, so this is no longer merged into “${title}”`,
  messages: (count: number) => plural.en(count, { one: "# message", other: "# messages" }),
  by: (name: string) => `by ${name}`,
  show: "Show its messages",
  hide: "Hide its messages",
  open: "Open it",
  region: (title: string) => `Messages of “${title}”`,
  loading: "Loading its messages…",
  failed: "Its messages could not be loaded.",
  nothing: "Nothing was said in it.",
  older: "Earlier messages",
  goesOn: (title: string) => `This conversation goes on in “${title}”.`,
  goesOnMore: "Answer there. What you began to write here is kept.",
};

const fr: typeof en = {
  untitled: "Sans titre",
  came: (title) => `« ${title} » a été fusionnée avec cette conversation`,
  went: (title) => `« ${title} » est de nouveau à part, car la personne y a écrit`,
  into: (title) => `Fusionnée avec « ${title} »`,
  back: (title) => `La personne a écrit ici : la fusion avec « ${title} » est annulée`,
  messages: (count) => plural.fr(count, { one: "# message", other: "# messages" }),
  by: (name) => `par ${name}`,
  show: "Afficher ses messages",
  hide: "Masquer ses messages",
  open: "L’ouvrir",
  region: (title) => `Messages de « ${title} »`,
  loading: "Chargement de ses messages…",
  failed: "Ses messages n’ont pas pu être chargés.",
  nothing: "Rien n’y a été dit.",
  older: "Messages précédents",
  goesOn: (title) => `Cette conversation se poursuit dans « ${title} ».`,
  goesOnMore: "Répondez là-bas. Ce que vous aviez commencé à écrire ici est gardé.",
};

export const mergeWords: Record<Language, typeof en> = { en, fr };
