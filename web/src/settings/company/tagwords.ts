// The words about tags, which are fetched with their page and not before.
import { pluralOf } from "../../words/plural";
import type { Language } from "../../words/words";

const [plural, pluriel] = [pluralOf("en"), pluralOf("fr")];

const en = {
  title: "Tags",
  lead: "A tag is made by whoever first uses it on a conversation. Here it gets another name, becomes another tag, or goes: in all teams, and in open, put aside and closed conversations alike.",
  none: "There is no tag yet. The first one is made by putting it on a conversation.",
  find: "Find a tag",
  nothing: "No tag of that name",
  conversations: (count: number) =>
    count === 0 ? "not used" : plural(count, { one: "# conversation", other: "# conversations" }),
  views: (count: number) => plural(count, { one: "# saved view", other: "# saved views" }),
  rules: (names: string) => `asked for by: ${names}`,
  teams: (names: string) => `of ${names}`,
  changing: "Being changed. The conversations are gone through…",
  rename: "Rename",
  renameOf: (name: string) => `Rename the tag ${name}`,
  renameLead: (conversations: string) =>
    `It is called so wherever it stands: ${conversations}, saved views, rules of assigning.`,
  name: "Name",
  save: "Rename",
  needName: "A tag needs a name.",
  tooLong: "At most 48 bytes: letters with accents count twice.",
  taken: (name: string) => `There is a tag ${name} already. What has the one can have the other:`,
  mergeInstead: "Merge them",
  renamed: (from: string, to: string) => `${from} is called ${to} now.`,
  undo: "Undo",
  undone: (name: string) => `It is called ${name} again.`,
  merge: "Merge",
  mergeOf: (name: string) => `Merge the tag ${name} into another one`,
  mergeLead: (conversations: string) =>
    `What has it gets the other one in its place: ${conversations}, saved views, rules of assigning. Afterwards nothing tells which of the two something had, so this cannot be undone.`,
  into: "Into",
  choose: "Choose a tag",
  merged: (from: string, to: string) => `What had ${from} has ${to} now.`,
  delete: "Delete",
  deleteOf: (name: string) => `Delete the tag ${name}`,
  deleteLead: (conversations: string) => `It is taken off for good: ${conversations}. This cannot be undone.`,
  deleteUnused: "No conversation has it.",
  deleteViews: (views: string) =>
    `${views} asking for it will show nothing, until a tag of that name is made again.`,
  deleted: (name: string) => `${name} is deleted.`,
  ruled: (names: string) =>
    `A rule of assigning asks for this tag: ${names}. Without it the rule would take whatever comes, so change the rule first: Settings, Assigning.`,
  goesOn: "It is on many conversations: the rest is done behind this page.",
  busy: "This tag, or the other one, is just being changed. Try again in a moment.",
};

const fr: typeof en = {
  title: "Étiquettes",
  lead: "Une étiquette est créée par qui s’en sert le premier sur une conversation. Ici elle change de nom, devient une autre étiquette, ou disparaît : dans toutes les équipes, et dans les conversations ouvertes, mises en pause et fermées.",
  none: "Il n’y a pas encore d’étiquette. La première se crée en la posant sur une conversation.",
  find: "Chercher une étiquette",
  nothing: "Aucune étiquette de ce nom",
  conversations: (count) =>
    count === 0 ? "inutilisée" : pluriel(count, { one: "# conversation", other: "# conversations" }),
  views: (count) => pluriel(count, { one: "# vue enregistrée", other: "# vues enregistrées" }),
  rules: (names) => `demandée par : ${names}`,
  teams: (names) => `de ${names}`,
  changing: "En cours de changement. Les conversations sont parcourues…",
  rename: "Renommer",
  renameOf: (name) => `Renommer l’étiquette ${name}`,
  renameLead: (conversations) =>
    `Elle s’appelle ainsi partout où elle se trouve : ${conversations}, vues enregistrées, règles d’attribution.`,
  name: "Nom",
  save: "Renommer",
  needName: "Une étiquette a besoin d’un nom.",
  tooLong: "48 octets au plus : les lettres accentuées comptent double.",
  taken: (name) => `Il y a déjà une étiquette ${name}. Ce qui a l’une peut avoir l’autre :`,
  mergeInstead: "Les fusionner",
  renamed: (from, to) => `${from} s’appelle maintenant ${to}.`,
  undo: "Annuler",
  undone: (name) => `Elle s’appelle de nouveau ${name}.`,
  merge: "Fusionner",
  mergeOf: (name) => `Fusionner l’étiquette ${name} dans une autre`,
  mergeLead: (conversations) =>
    `Ce qui l’a reçoit l’autre à sa place : ${conversations}, vues enregistrées, règles d’attribution. Ensuite rien ne dit plus laquelle des deux s’y trouvait : cela ne s’annule pas.`,
  into: "Dans",
  choose: "Choisir une étiquette",
  merged: (from, to) => `Ce qui avait ${from} a maintenant ${to}.`,
  delete: "Supprimer",
  deleteOf: (name) => `Supprimer l’étiquette ${name}`,
  deleteLead: (conversations) => `Elle est retirée définitivement : ${conversations}. Cela ne s’annule pas.`,
  deleteUnused: "Aucune conversation ne l’a.",
  deleteViews: (views) =>
    `${views} qui la demandent ne montreront rien, jusqu’à ce qu’une étiquette de ce nom soit recréée.`,
  deleted: (name) => `${name} est supprimée.`,
  ruled: (names) =>
    `Une règle d’attribution demande cette étiquette : ${names}. Sans elle, la règle prendrait tout ce qui vient ; modifiez d’abord la règle : Réglages, Attribution.`,
  goesOn: "Elle est sur beaucoup de conversations : la suite se fait derrière cette page.",
  busy: "Cette étiquette, ou l’autre, est justement en train de changer. Réessayez dans un instant.",
};

export const tagWords: Record<Language, typeof en> = { en, fr };
