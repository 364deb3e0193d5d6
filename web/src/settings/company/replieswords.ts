// The words about saved replies, which are fetched with their page and not before.
import { pluralOf } from "../../words/plural";
import type { Language } from "../../words/words";

const [plural, pluriel] = [pluralOf("en"), pluralOf("fr")];

const en = {
  title: "Saved replies",
  lead: "What you and your teams say often, in the languages of your users. In a conversation they are found by a slash at the beginning of the reply. Those of a team may be changed by everybody of it who answers; your own nobody else sees.",
  add: "Write one",
  none: "Nothing is saved yet. The first one can be written here, or while you answer.",
  find: "Find by name or words",
  nothing: "No saved reply of that name or with these words",
  whose: "Whose",
  all: "All of them",
  mine: "Mine alone",
  of: (team: string) => `of ${team}`,
  changed: (day: string) => `changed ${day}`,
  languages: (count: number, names: string) =>
    `${plural(count, { one: "# language", other: "# languages" })}: ${names}`,
  edit: "Change",
  editOf: (name: string) => `Change the saved reply ${name}`,
  deleted: (name: string) => `${name} is deleted.`,
  undo: "Undo",
  back: (name: string) => `${name} is there again.`,
};

const fr: typeof en = {
  title: "Réponses enregistrées",
  lead: "Ce que vous et vos équipes dites souvent, dans les langues de vos utilisateurs. Dans une conversation, on les trouve par une barre oblique au début de la réponse. Celles d’une équipe peuvent être modifiées par quiconque y répond ; les vôtres, personne d’autre ne les voit.",
  add: "En écrire une",
  none: "Rien d’enregistré pour l’instant. La première peut s’écrire ici, ou pendant que vous répondez.",
  find: "Chercher par nom ou par mots",
  nothing: "Aucune réponse de ce nom ni avec ces mots",
  whose: "De qui",
  all: "Toutes",
  mine: "Pour moi seul",
  of: (team) => `de ${team}`,
  changed: (day) => `modifiée ${day}`,
  languages: (count, names) => `${pluriel(count, { one: "# langue", other: "# langues" })} : ${names}`,
  edit: "Modifier",
  editOf: (name) => `Modifier la réponse ${name}`,
  deleted: (name) => `${name} est supprimée.`,
  undo: "Annuler",
  back: (name) => `${name} est de nouveau là.`,
};

export const repliesWords: Record<Language, typeof en> = { en, fr };
