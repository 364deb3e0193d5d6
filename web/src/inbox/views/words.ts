// The words of the dialog, which are fetched with it and not before.
import type { Language } from "../../words/words";

const en = {
  title: "Narrow the list down",
  more: "Its address says what it shows: send it to a colleague, or keep it as a view.",
  view: "Of which list",
  tag: "With the tag",
  anyTag: "Any, or none",
  agent: "Taken on by",
  anybody: "Anybody, or nobody",
  anyPriority: "Any",
  order: "In which order",
  newest: "Newest first",
  waiting: "Longest waiting first, and only who waits for an answer",
  me: (name: string) => `${name} (me)`,
  show: "Show",
  keepTitle: "Keep it as a view",
  name: "Name",
  shared: "Share it with everybody",
  keep: "Keep",
  change: "Change",
  remove: "Delete this view",
  needName: "Give it a name.",
  sharedBy: (name: string) => `Made by ${name}`,
  faults: {
    limit_reached: "There are too many views. Delete one first.",
    not_found: "Only who made it, or an administrator, may change it.",
    forbidden: "Your role keeps no views.",
  } as Record<string, string>,
  lost: "The server did not answer. Try again.",
};

const fr: typeof en = {
  title: "Restreindre la liste",
  more: "Son adresse dit ce qu’elle montre : envoyez-la à un collègue, ou gardez-la comme vue.",
  view: "De quelle liste",
  tag: "Avec l’étiquette",
  anyTag: "N’importe laquelle, ou aucune",
  agent: "Prise en charge par",
  anybody: "N’importe qui, ou personne",
  anyPriority: "N’importe laquelle",
  order: "Dans quel ordre",
  newest: "Les plus récentes d’abord",
  waiting: "La plus longue attente d’abord, et seulement qui attend une réponse",
  me: (name) => `${name} (moi)`,
  show: "Montrer",
  keepTitle: "La garder comme vue",
  name: "Nom",
  shared: "La partager avec tout le monde",
  keep: "Garder",
  change: "Modifier",
  remove: "Supprimer cette vue",
  needName: "Donnez-lui un nom.",
  sharedBy: (name) => `Créée par ${name}`,
  faults: {
    limit_reached: "Il y a trop de vues. Supprimez-en une d’abord.",
    not_found: "Seule la personne qui l’a créée, ou un administrateur, peut la modifier.",
    forbidden: "Votre rôle ne garde pas de vues.",
  },
  lost: "Le serveur n’a pas répondu. Réessayez.",
};

export const viewWords: Record<Language, typeof en> = { en, fr };
