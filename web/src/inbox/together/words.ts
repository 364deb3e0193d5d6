// The words of who else is here.
import { pluralOf } from "../../words/plural";
import type { Language } from "../../words/words";

const [plural, pluriel] = [pluralOf("en"), pluralOf("fr")];

const en = {
  /** Somebody whose name is not known here, such as a colleague who has just joined. */
  colleague: "a colleague",
  others: (count: number) => plural(count, { one: "# other", other: "# others" }),
  writing: (names: string, count: number) =>
    count > 1 ? `${names} are writing an answer…` : `${names} is writing an answer…`,
  /** In a row of the list, where there is little room. */
  writes: (names: string, count: number) => (count > 1 ? `${names} are writing…` : `${names} is writing…`),
  /** Above a conversation that this agent looks at themselves. */
  looking: (names: string, count: number) =>
    count > 1 ? `${names} are looking too` : `${names} is looking too`,
  looks: (names: string, count: number) =>
    count > 1 ? `${names} are looking at this` : `${names} is looking at this`,
  took: (name: string, time: string) => `${name} took this${time && ` at ${time}`}`,
  got: (name: string, by: string, time: string) => `${by} assigned this to ${name}${time && ` at ${time}`}`,
  has: (name: string, time: string) => `${name} has this${time && ` since ${time}`}`,
  freed: "Nobody has this any more",
  notTaken: (user: string) => `You did not get the conversation with “${user}”. Take it over?`,
  notAssigned: (user: string, agent: string) =>
    `The conversation with “${user}” was not assigned to “${agent}”. Assign it all the same?`,
  takeOver: "Take over",
  anyway: "Assign",
};

export type TogetherWords = typeof en;

const fr: TogetherWords = {
  colleague: "un collègue",
  others: (count) => pluriel(count, { one: "# autre", other: "# autres" }),
  writing: (names, count) => (count > 1 ? `${names} écrivent une réponse…` : `${names} écrit une réponse…`),
  writes: (names, count) => (count > 1 ? `${names} écrivent…` : `${names} écrit…`),
  looking: (names, count) => (count > 1 ? `${names} regardent aussi` : `${names} regarde aussi`),
  looks: (names, count) =>
    count > 1 ? `${names} regardent cette conversation` : `${names} regarde cette conversation`,
  took: (name, time) => `${name} l’a prise${time && ` à ${time}`}`,
  got: (name, by, time) => `${by} l’a attribuée à ${name}${time && ` à ${time}`}`,
  has: (name, time) => `${name} s’en charge${time && ` depuis ${time}`}`,
  freed: "Plus personne ne s’en charge",
  notTaken: (user) => `Vous n’avez pas eu la conversation avec « ${user} ». La reprendre ?`,
  notAssigned: (user, agent) =>
    `La conversation avec « ${user} » n’a pas été attribuée à « ${agent} ». L’attribuer quand même ?`,
  takeOver: "Reprendre",
  anyway: "Attribuer",
};

export const togetherWords: Record<Language, TogetherWords> = { en, fr };
