// The words of what did not go out, which are fetched with it and not before.
import { pluralOf } from "../../words/plural";
import type { Language } from "../../words/words";

const plural = { en: pluralOf("en"), fr: pluralOf("fr") };

const en = {
  movedTitle: "Not sent yet: somebody wrote in the meantime",
  movedMore: (count: number) =>
    plural.en(count, {
      one: "Look at # message that you had not seen, then decide.",
      other: "Look at # messages that you had not seen, then decide.",
    }),
  sendAnyway: "Send anyway",
  edit: "Change it",
  discard: "Discard",
  retry: "Try again",
  refused: "The server did not accept this message.",
  reasons: {
    too_large: "It is too long. Shorten it and send it again.",
    invalid_body: "It contains something that cannot be sent. Change it and send it again.",
    not_found: "The conversation is no longer there, or no longer your team's.",
    conversation_merged: "The conversation was merged into another. Write there, or have the merge back.",
    forbidden: "Your account may not answer here. Ask an administrator.",
    id_conflict: "It was sent before with other words. Change it to send it as a new message.",
    limit_reached: "A limit is reached. Ask an administrator.",
    file_refused: "A file was not accepted: it is a program, or it is damaged. Remove it and send again.",
    file_missing: "A file is missing: this browser could not keep it. Attach it again.",
    unreadable: "A file cannot be read any more. Attach it again.",
    quote_unusable: "The message that it answers is no longer there. Change it to send it without.",
    attachment_unusable: "A file is no longer on the server. Attach it again.",
  } as Record<string, string>,
};

const fr: typeof en = {
  movedTitle: "Pas encore envoyé : quelqu’un a écrit entre-temps",
  movedMore: (count) =>
    plural.fr(count, {
      one: "Lisez # message que vous n’aviez pas vu, puis décidez.",
      other: "Lisez # messages que vous n’aviez pas vus, puis décidez.",
    }),
  sendAnyway: "Envoyer quand même",
  edit: "Modifier",
  discard: "Abandonner",
  retry: "Réessayer",
  refused: "Le serveur a refusé ce message.",
  reasons: {
    too_large: "Il est trop long. Raccourcissez-le et renvoyez-le.",
    invalid_body: "Il contient un élément qui ne peut pas être envoyé. Modifiez-le et renvoyez-le.",
    not_found: "La conversation n’existe plus, ou n’appartient plus à votre équipe.",
    conversation_merged:
      "La conversation a été fusionnée avec une autre. Écrivez là-bas, ou annulez la fusion.",
    forbidden: "Votre compte ne peut pas répondre ici. Adressez-vous à un administrateur.",
    id_conflict: "Il a déjà été envoyé avec un autre texte. Modifiez-le pour en faire un nouveau message.",
    limit_reached: "Une limite est atteinte. Adressez-vous à un administrateur.",
    file_refused:
      "Un fichier a été refusé : c’est un programme, ou il est endommagé. Retirez-le et renvoyez.",
    file_missing: "Un fichier manque : ce navigateur n’a pas pu le garder. Joignez-le à nouveau.",
    unreadable: "Un fichier n’est plus lisible. Joignez-le à nouveau.",
    quote_unusable: "Le message auquel il répond n’existe plus. Modifiez-le pour l’envoyer sans citation.",
    attachment_unusable: "Un fichier n’est plus sur le serveur. Joignez-le à nouveau.",
  },
};

export const decisionWords: Record<Language, typeof en> = { en, fr };
