// The words of the switch, which are fetched with it and not before.
import { pluralOf } from "../words/plural";
import type { Language } from "../words/words";

const [plural, pluriel] = [pluralOf("en"), pluralOf("fr")];

const en = {
  title: "Away until…",
  more: "Nothing new is assigned to you, and nothing tells you of messages. What is yours stays yours.",
  untilISay: "Until I say so",
  set: "Away",
  awayTitle: "You are away",
  away: "You are away. Nothing new is assigned to you.",
  awayUntil: (time: string) => `You are away until ${time}. Nothing new is assigned to you.`,
  back: "I am back",
  mine: (count: number, isMore: boolean) =>
    plural(count, {
      one: "# open conversation is yours.",
      other: `#${isMore ? " or more" : ""} open conversations are yours.`,
    }),
  nothing: "No open conversation is yours.",
  overTo: "Hand over to",
  team: "Back to the team",
  note: "A note that goes into each of them (optional)",
  over: "Hand over",
  handOver: "Hand over…",
  change: "Another time",
  handed: (assigned: number, unassigned: number, name: string) =>
    [
      assigned > 0 ? plural(assigned, { one: `# went to ${name}`, other: `# went to ${name}` }) : "",
      unassigned > 0
        ? plural(unassigned, { one: "# went back to the team", other: "# went back to the team" })
        : "",
    ]
      .filter(Boolean)
      .join(", "),
  handedNothing: "There was nothing to hand over.",
  colleagueAway: "This colleague is away. Choose another, or the team.",
  refused: "The server did not accept this.",
  lost: "That was not kept: the server did not answer. Try again.",
  close: "Close",
  colleague: "Away",
  colleagueUntil: (time: string) => `Away until ${time}`,
};

const fr: typeof en = {
  title: "Absent jusqu’à…",
  more: "Rien de nouveau ne vous est attribué et rien ne vous signale les messages. Ce qui est à vous le reste.",
  untilISay: "Jusqu’à ce que je le dise",
  set: "Absent",
  awayTitle: "Vous êtes absent",
  away: "Vous êtes absent. Rien de nouveau ne vous est attribué.",
  awayUntil: (time) => `Vous êtes absent jusqu’à ${time}. Rien de nouveau ne vous est attribué.`,
  back: "Je suis de retour",
  mine: (count, isMore) =>
    pluriel(count, {
      one: "# conversation ouverte est à vous.",
      other: `#${isMore ? " ou plus de" : ""} conversations ouvertes sont à vous.`,
    }),
  nothing: "Aucune conversation ouverte n’est à vous.",
  overTo: "Transmettre à",
  team: "Rendre à l’équipe",
  note: "Une note qui va dans chacune (facultatif)",
  over: "Transmettre",
  handOver: "Transmettre…",
  change: "Un autre moment",
  handed: (assigned, unassigned, name) =>
    [
      assigned > 0
        ? pluriel(assigned, { one: `# transmise à ${name}`, other: `# transmises à ${name}` })
        : "",
      unassigned > 0
        ? pluriel(unassigned, { one: "# rendue à l’équipe", other: "# rendues à l’équipe" })
        : "",
    ]
      .filter(Boolean)
      .join(", "),
  handedNothing: "Il n’y avait rien à transmettre.",
  colleagueAway: "Ce collègue est absent. Choisissez-en un autre, ou l’équipe.",
  refused: "Le serveur n’a pas accepté.",
  lost: "Ce n’est pas enregistré : le serveur n’a pas répondu. Réessayez.",
  close: "Fermer",
  colleague: "Absent",
  colleagueUntil: (time) => `Absent jusqu’à ${time}`,
};

export const availabilityWords: Record<Language, typeof en> = { en, fr };
