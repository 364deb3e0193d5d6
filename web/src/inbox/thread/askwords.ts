// The words of requests for a place or a photo, which come with a conversation.
import type { Language } from "../../words/words";

const en = {
  ask: { place: "Ask for a place", photo: "Ask for a photo" },
  title: { place: "Asks for a place", photo: "Asks for a photo" },
  offers: {
    place: "They choose: exactly, roughly, or rather not.",
    photo: "They choose: a photo, or rather not.",
  },
  purpose: "What do you need it for? The user reads this.",
  drop: "Do not ask for it",
  waiting: "Waiting for an answer",
  answered: "Answered",
  refused: "Would rather not",
  jump: "Go to the answer",
  declined: "Declined:",
};

type Words = typeof en;

const fr: Words = {
  ask: { place: "Demander un lieu", photo: "Demander une photo" },
  title: { place: "Demande un lieu", photo: "Demande une photo" },
  offers: {
    place: "Au choix : exactement, à peu près, ou plutôt pas.",
    photo: "Au choix : une photo, ou plutôt pas.",
  },
  purpose: "Pour quoi en avez-vous besoin ? L’utilisateur le lit.",
  drop: "Ne pas le demander",
  waiting: "En attente d’une réponse",
  answered: "Répondu",
  refused: "A préféré ne pas le faire",
  jump: "Aller à la réponse",
  declined: "Décliné :",
};

export const askWords: Record<Language, Words> = { en, fr };
