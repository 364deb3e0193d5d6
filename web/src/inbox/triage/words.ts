// The words of the dialogs, which are fetched with them and not before.
import type { Language } from "../../words/words";

const en = {
  assignTitle: "Who takes this on?",
  filter: "Find a colleague",
  me: (name: string) => `${name} (me)`,
  none: "No colleague of that name",
  snoozeTitle: "Snooze until…",
  snoozeMore: "It comes back by itself, and at once when the user writes. They do not learn of it.",
  back: "Bring it back now",
  presets: {
    hours: "In three hours",
    evening: "This evening",
    tomorrow: "Tomorrow morning",
    monday: "On Monday",
    week: "In a week",
  },
  own: "Another time",
  set: "Snooze",
  past: "Choose a time to come, at most a year away.",
  priorityTitle: "How much does it press?",
  tagsTitle: "Tags",
  findTag: "Find or make a tag",
  make: (name: string) => `Make “${name}”`,
  noTags: "Your team has no tags yet. Write one to make it.",
  tagsFailed: "The tags could not be fetched. You can still write one.",
  full: "A conversation has at most 12 tags.",
  on: "has it",
  done: "Done",
};

const fr: typeof en = {
  assignTitle: "Qui s’en charge ?",
  filter: "Chercher un collègue",
  me: (name) => `${name} (moi)`,
  none: "Aucun collègue de ce nom",
  snoozeTitle: "Mettre en pause jusqu’à…",
  snoozeMore: "Elle revient toute seule, et aussitôt que la personne écrit. Celle-ci n’en sait rien.",
  back: "La reprendre maintenant",
  presets: {
    hours: "Dans trois heures",
    evening: "Ce soir",
    tomorrow: "Demain matin",
    monday: "Lundi",
    week: "Dans une semaine",
  },
  own: "Un autre moment",
  set: "Mettre en pause",
  past: "Choisissez un moment à venir, dans l’année.",
  priorityTitle: "Quelle est l’urgence ?",
  tagsTitle: "Étiquettes",
  findTag: "Chercher ou créer une étiquette",
  make: (name) => `Créer « ${name} »`,
  noTags: "Votre équipe n’a pas encore d’étiquette. Écrivez-en une pour la créer.",
  tagsFailed: "Les étiquettes n’ont pas pu être chargées. Vous pouvez en écrire une.",
  full: "Une conversation a au plus 12 étiquettes.",
  on: "présente",
  done: "Terminé",
};

export const triageWords: Record<Language, typeof en> = { en, fr };
