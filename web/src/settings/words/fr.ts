import { pluralOf } from "../../words/plural";
import type { SettingsWords } from "./en";

const plural = pluralOf("fr");

export const fr: SettingsWords = {
  title: "Réglages",
  back: "Retour à la boîte de réception",
  sections: "Parties des réglages",
  groups: { mine: "Mon compte", company: "L’entreprise" },
  names: { security: "Connexion et sécurité" },
  loading: "Chargement…",
  failed: "Le serveur est injoignable.",
  retry: "Réessayer",
  cancel: "Annuler",
  close: "Fermer",
  copy: "Copier",
  copied: "Copié",
  done: "Terminé",
  refusals: {
    wrong_credentials: "Le mot de passe est faux.",
    wrong_code: "Le code est faux, ou a déjà servi. Prenez le suivant.",
    forbidden: "Votre rôle ne le permet pas. Demandez à un administrateur.",
    not_found: "Cela n’existe plus.",
    already_exists: "Il y en a déjà un.",
    id_conflict: "Quelqu’un l’a changé entre-temps. Regardez de nouveau.",
    limit_reached: "Une limite est atteinte.",
    invalid_body: "Le serveur ne l’a pas accepté.",
    rate_limited: "Trop d’essais. Attendez un moment.",
  },
  refused: "Le serveur ne l’a pas accepté.",
  lost: "Le serveur est injoignable. Réessayez.",

  prove: {
    title: "Est-ce bien vous ?",
    lead: "Cette étape ne doit pas arriver par mégarde. Votre connexion date un peu : dites de nouveau qui vous êtes.",
    password: "Votre mot de passe",
    code: "Un code de votre application",
    either: "Mot de passe, ou code de votre application",
    submit: "Continuer",
  },

  factor: {
    title: "Second facteur",
    lead: "En plus du mot de passe, un code à six chiffres qu’une application de votre téléphone affiche. Le mot de passe volé seul n’ouvre rien.",
    off: "Pas encore en place",
    offMore:
      "Toute application de codes convient : celle du gestionnaire de mots de passe de votre téléphone, Aegis, 2FAS, Google Authenticator.",
    on: "En place",
    since: (day) => `Demandé depuis le ${day}`,
    required: "Votre entreprise l’exige.",
    setUp: "Mettre en place",
    remove: "Retirer",
    removeAsk:
      "Sans lui, le mot de passe seul ouvre la boîte de réception. Les codes de secours ne marchent plus non plus.",
    scan: "Scannez ceci avec l’application",
    scanMore: "Ou tapez la clé à la main :",
    picture: "Code QR pour l’application",
    type: "Puis tapez le code qu’elle affiche",
    codeLabel: "Code à six chiffres",
    confirm: "Activer",
    codes: "Codes de secours",
    codesLeft: (count) =>
      plural(count, { one: "Il reste # code de secours.", other: "Il reste # codes de secours." }),
    codesFew: "Faites-en de nouveaux avant d’en manquer.",
    codesMore:
      "Pour le jour où le téléphone est perdu. Chacun sert une fois, à la place d’un code. Gardez-les ailleurs que dans le téléphone : ils ne sont montrés que maintenant.",
    codesNew: "Nouveaux codes de secours",
    codesAsk: "Les anciens ne marcheront plus.",
    codesKept: "Je les ai gardés",
    download: "Enregistrer dans un fichier",
    fileName: "tidings-codes-de-secours.txt",
  },

  password: {
    title: "Mot de passe",
    lead: "Au moins 8 caractères. Le changer vous déconnecte partout ailleurs.",
    current: "Mot de passe actuel",
    next: "Nouveau mot de passe",
    change: "Changer le mot de passe",
    changed: "Votre mot de passe est changé. Vous êtes déconnecté partout ailleurs.",
    short: "Au moins 8 caractères, et pas un de ceux que tout le monde essaie d’abord.",
  },

  sessions: {
    title: "Où vous êtes connecté",
    lead: "Les navigateurs où ce compte est ouvert. Fermez ce que vous ne connaissez pas, puis changez de mot de passe.",
    here: "Ce navigateur",
    unknown: "Un navigateur inconnu",
    on: (browser, system) => `${browser} sur ${system}`,
    used: (when, where) => `Utilisé ${when} depuis ${where}`,
    usedOnly: (when) => `Utilisé ${when}`,
    begun: (day) => `Connecté le ${day}`,
    now: "à l’instant",
    ago: (duration) => `il y a ${duration}`,
    end: "Fermer",
    endOf: (name) => `Fermer la session dans ${name}`,
    endOthers: "Fermer toutes les autres",
    ended: "C’est fermé. Ses pages se ferment en quelques secondes.",
  },

  lock: {
    title: "Mettez un second facteur en place",
    lead: "Votre entreprise en exige un pour la boîte de réception. Cela prend une minute, avec votre téléphone.",
    signOut: "Se déconnecter",
    go: "Vers la boîte de réception",
  },
};
