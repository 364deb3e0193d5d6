// The words of what is due, which come with a conversation.
import type { Language } from "../../words/words";

const en = {
  due: (time: string) => `answer due by ${time}`,
  late: (time: string) => `answer was due by ${time}`,
  dueShort: (time: string) => `due by ${time}`,
  lateShort: (time: string) => `was due ${time}`,
  why: "Half of your last answers had come by then.",
  title: "The answer",
  oursShort: "your team's turn",
  theirsShort: "their turn",
  ours: (time: string) => `It is your team's turn, since ${time}`,
  theirs: "It is their turn: nobody waits",
  over: "The conversation is closed: nobody waits",
  told: "The app tells them:",
  within: (duration: string) => `usually answered within ${duration}`,
  back: (time: string) => `somebody is back ${time}`,
  names: (names: string) => `answered lately by ${names}`,
  nothing: "nothing of how soon; too few answers are known",
};

type Words = typeof en;

const fr: Words = {
  due: (time) => `réponse attendue avant ${time}`,
  late: (time) => `réponse attendue depuis ${time}`,
  dueShort: (time) => `réponse avant ${time}`,
  lateShort: (time) => `en retard (${time})`,
  why: "La moitié de vos dernières réponses étaient là à ce moment.",
  title: "La réponse",
  oursShort: "votre tour",
  theirsShort: "son tour",
  ours: (time) => `C’est à votre équipe, depuis ${time}`,
  theirs: "C’est à l’utilisateur : personne n’attend",
  over: "La conversation est fermée : personne n’attend",
  told: "L’application lui dit :",
  within: (duration) => `réponse d’habitude en moins de ${duration}`,
  back: (time) => `quelqu’un revient ${time}`,
  names: (names) => `réponses récentes de ${names}`,
  nothing: "rien du délai ; trop peu de réponses sont connues",
};

export const dueWords: Record<Language, Words> = { en, fr };
