// The words about teams, which are fetched with their page and not before.
import { pluralOf } from "../../words/plural";
import type { Language } from "../../words/words";

const [plural, pluriel] = [pluralOf("en"), pluralOf("fr")];

const en = {
  title: "Teams",
  lead: "Who is of a team sees its conversations. An app is answered by one team.",
  add: "Make a team",
  addLead: "It begins with nobody in it.",
  name: "Name",
  make: "Make",
  change: "Change",
  changeOf: (name: string) => `Change the team ${name}`,
  changeLead:
    "Whoever is taken out is signed out at once, and what they had of this team goes back to it. Whoever comes in has its conversations when they open the inbox the next time.",
  members: "Who is of it",
  count: (count: number) => plural(count, { one: "# agent", other: "# agents" }),
  save: "Save",
  noName: "A team needs a name.",
  taken: "There is a team of that name already.",
};

const fr: typeof en = {
  title: "Équipes",
  lead: "Qui est d’une équipe voit ses conversations. Une équipe répond à une application.",
  add: "Créer une équipe",
  addLead: "Elle commence sans personne.",
  name: "Nom",
  make: "Créer",
  change: "Modifier",
  changeOf: (name) => `Modifier l’équipe ${name}`,
  changeLead:
    "Qui en est retiré est aussitôt déconnecté, et ce qu’il avait de cette équipe y retourne. Qui y entre a ses conversations quand il ouvre la boîte la prochaine fois.",
  members: "Qui en est",
  count: (count) => pluriel(count, { one: "# agent", other: "# agents" }),
  save: "Enregistrer",
  noName: "Une équipe a besoin d’un nom.",
  taken: "Il y a déjà une équipe de ce nom.",
};

export const teamWords: Record<Language, typeof en> = { en, fr };
