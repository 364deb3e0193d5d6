// The words of the ledger, which are fetched with it and not before.
import { pluralOf } from "../words/plural";
import type { Language } from "../words/words";

const plural = { en: pluralOf("en"), fr: pluralOf("fr") };

const en = {
  title: "What became of this message",
  failed: "The server did not answer.",
  stored: "Safe on the server",
  delivered: "The app has it",
  notDelivered: "Not in the app yet",
  read: "Read",
  notRead: "Not read yet",
  noPush: "No notification was sent",
  noPushNeeded: "None was needed: the app had the message already.",
  noPushMore:
    "No device of this person can be notified, or the conversation is muted there, or it waits for the end of quiet hours.",
  devices: {
    apns: "iPhone or iPad",
    fcm: "Android",
    web_push: "Browser",
    webhook: "Device of the company's service",
    unknown: "Device",
  } as Record<string, string>,
  services: {
    apns: "Apple",
    fcm: "Google",
    web_push: "the browser's service",
    webhook: "the company's service",
  } as Record<string, string>,
  taken: (service: string) => `Handed to ${service}`,
  earlier: (count: number) => plural.en(count, { one: "# try before", other: "# tries before" }),
  arrived: "Arrived on the device",
  shown: "Shown as a notification",
  notHeard: (service: string) =>
    `The device has not confirmed it. From here on it is with ${service} and the device: its permission, focus mode, battery saver.`,
  faults: {
    on_screen: { what: "Not needed", advice: "The app was on the screen." },
    no_key: {
      what: "Not sent",
      advice: "The app has no key for this service. An administrator can put one.",
    },
    held: { what: "Not sent yet", advice: "It is tried again by itself." },
    dead: {
      what: "The address is gone",
      advice: "The app was removed, or has a new address: it registers when it is opened.",
    },
    mismatch: {
      what: "The address does not fit",
      advice: "The build of the app and the key belong together: store or development, project, sender.",
    },
    wrong_key: {
      what: "The key was refused",
      advice: "No notification gets through until an administrator puts a valid key.",
    },
    busy: { what: "The service was busy", advice: "It is tried again by itself, for a day." },
    no_answer: {
      what: "The service did not answer",
      advice: "It is tried again by itself. If that lasts, the server's way out to the internet is closed.",
    },
    refused: { what: "Refused", advice: "The service said:" },
  },
};

const fr: typeof en = {
  title: "Le parcours de ce message",
  failed: "Le serveur n’a pas répondu.",
  stored: "En sécurité sur le serveur",
  delivered: "L’application l’a reçu",
  notDelivered: "Pas encore dans l’application",
  read: "Lu",
  notRead: "Pas encore lu",
  noPush: "Aucune notification envoyée",
  noPushNeeded: "Inutile : l’application avait déjà le message.",
  noPushMore:
    "Aucun appareil de cette personne ne peut être notifié, ou la conversation y est en sourdine, ou elle attend la fin des heures calmes.",
  devices: {
    apns: "iPhone ou iPad",
    fcm: "Android",
    web_push: "Navigateur",
    webhook: "Appareil du service de l’entreprise",
    unknown: "Appareil",
  },
  services: {
    apns: "Apple",
    fcm: "Google",
    web_push: "le service du navigateur",
    webhook: "le service de l’entreprise",
  },
  taken: (service) => `Confiée à : ${service}`,
  earlier: (count) => plural.fr(count, { one: "# essai avant", other: "# essais avant" }),
  arrived: "Arrivée sur l’appareil",
  shown: "Affichée",
  notHeard: (service) =>
    `L’appareil ne l’a pas confirmée. La suite dépend de ${service} et de l’appareil : autorisation, mode de concentration, économie d’énergie.`,
  faults: {
    on_screen: { what: "Inutile", advice: "L’application était à l’écran." },
    no_key: {
      what: "Pas envoyée",
      advice: "L’application n’a pas de clé pour ce service. Un administrateur peut en mettre une.",
    },
    held: { what: "Pas encore envoyée", advice: "Un nouvel essai se fait tout seul." },
    dead: {
      what: "L’adresse n’existe plus",
      advice: "L’application a été retirée, ou a une nouvelle adresse : elle l’annonce à son ouverture.",
    },
    mismatch: {
      what: "L’adresse ne convient pas",
      advice:
        "La version de l’application et la clé vont ensemble : magasin ou développement, projet, émetteur.",
    },
    wrong_key: {
      what: "La clé a été refusée",
      advice: "Aucune notification ne passe tant qu’un administrateur n’a pas mis une clé valable.",
    },
    busy: {
      what: "Le service était surchargé",
      advice: "De nouveaux essais se font tout seuls, pendant un jour.",
    },
    no_answer: {
      what: "Le service n’a pas répondu",
      advice: "De nouveaux essais se font tout seuls. Si cela dure, l’accès du serveur à Internet est fermé.",
    },
    refused: { what: "Refusée", advice: "Le service a dit :" },
  },
};

export const ledgerWords: Record<Language, typeof en> = { en, fr };
