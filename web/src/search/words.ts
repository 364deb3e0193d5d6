// The words of chips, which come with the palette.
import type { Language } from "../words/words";
import type { Operator } from "./query";

const en = {
  from: (who: string) => `From ${who}`,
  assignee: (name: string) => `Assigned to ${name}`,
  after: (day: string) => `Since ${day}`,
  before: (day: string) => `Before ${day}`,
  remove: (what: string) => `${what}: remove`,
  unknown: (typed: string, values: string) => `“${typed}” is not known. ${values}`,
  lists: "Lists",
  wordless:
    "Without words, only conversations that this page knows already are shown. Type some to search all of them.",
  values: {
    in: "After in: stands messages, notes or people.",
    is: "After is: stands mine, unassigned, open, snoozed or closed.",
    tag: "After tag: stands how a tag begins.",
    from: "After from: stands a name, an address or a customer number.",
    assignee: "After assignee: stands how a colleague’s name begins, me or nobody.",
    after: "After after: stands a day such as 2026-11-22, today or yesterday.",
    before: "After before: stands a day such as 2026-11-22, today or yesterday.",
  } satisfies Record<Operator, string>,
};

const fr: typeof en = {
  from: (who) => `De ${who}`,
  assignee: (name) => `Attribuée à ${name}`,
  after: (day) => `Depuis le ${day}`,
  before: (day) => `Avant le ${day}`,
  remove: (what) => `${what} : retirer`,
  unknown: (typed, values) => `« ${typed} » n’est pas connu. ${values}`,
  lists: "Listes",
  wordless:
    "Sans mots, seules les conversations que cette page connaît déjà s’affichent. Tapez-en pour chercher dans toutes.",
  values: {
    in: "Après dans: vient messages, notes ou personnes.",
    is: "Après est: vient mienne, libre, ouverte, pausée ou fermée.",
    tag: "Après étiquette: vient le début d’une étiquette.",
    from: "Après de: vient un nom, une adresse ou un numéro de client.",
    assignee: "Après attribuée: vient le début du nom d’un collègue, moi ou personne.",
    after: "Après après: vient un jour comme 2026-11-22, aujourd’hui ou hier.",
    before: "Après avant: vient un jour comme 2026-11-22, aujourd’hui ou hier.",
  },
};

export const searchWords: Record<Language, typeof en> = { en, fr };
