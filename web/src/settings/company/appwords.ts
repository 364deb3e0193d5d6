// The words about making, renaming and shutting apps, which are fetched with their page and not before.
import type { Language } from "../../words/words";

const en = {
  make: "Make an app",
  makeLead:
    "An app of yours in which people write to you, on iPhones and Android phones alike. Afterwards it has an id to paste, and needs an identity key so that your backend can vouch for who writes.",
  name: "Name",
  nameMore: "Users see it over their conversations, unless the appearance of the app says another name.",
  team: "Which team answers",
  teamMore: "It stays so: what is written in this app comes to this team.",
  submit: "Make it",
  needName: "An app needs a name.",
  made: (name: string) => `${name} is made. Paste its lines into the app, then make an identity key.`,
  none: "There is no app yet. Make the first one here.",
  answers: (team: string) => `The team ${team} answers.`,
  rename: "Rename",
  renameOf: (name: string) => `Rename the app ${name}`,
  save: "Rename",
  renamed: (from: string, to: string) => `${from} is called ${to} now.`,
  undo: "Undo",
  shut: "Shut",
  shutOf: (name: string) => `Shut the app ${name}`,
  shutLead:
    "Within five seconds the phones of its users are refused: nobody signs in, nothing that they write comes to you, and no notification goes out. What was said stays in the inbox. You can open it again at any time; the sessions of those who were signed in go on then.",
  again: (name: string) => `To confirm, write its name: ${name}`,
  wasShut: (name: string) => `${name} is shut.`,
  isShut: (day: string) => `Shut since ${day}: its users can neither write nor sign in.`,
  open: "Open again",
  openOf: (name: string) => `Open the app ${name} again`,
  opened: (name: string) => `${name} is open again.`,
  test: "Send a test",
  testOf: "Send a test notification",
  testMore: "A real notification to the devices of one person, to see whether these keys work.",
  testLead:
    "To the devices of one person, yourself perhaps: sign in to the app once, and allow notifications there. No message is written.",
  whom: "Their id in your systems, or ours (usr_…)",
  send: "Send",
  nobody: "This app has no user of this id. Have they signed in once?",
  noDevice: "This person is signed in on no device.",
  device: (number: number) => `device ${number}`,
};

const fr: typeof en = {
  make: "Créer une application",
  makeLead:
    "Une de vos applications dans laquelle on vous écrit, sur iPhone comme sur Android. Elle a ensuite un identifiant à coller, et il lui faut une clé d’identité pour que votre serveur réponde de qui écrit.",
  name: "Nom",
  nameMore:
    "Les utilisateurs le voient au-dessus de leurs conversations, sauf si l’apparence de l’application en dit un autre.",
  team: "Quelle équipe répond",
  teamMore: "Cela reste ainsi : ce qui s’écrit dans cette application vient à cette équipe.",
  submit: "La créer",
  needName: "Une application a besoin d’un nom.",
  made: (name) => `${name} est créée. Collez ses lignes dans l’application, puis créez une clé d’identité.`,
  none: "Il n’y a pas encore d’application. Créez la première ici.",
  answers: (team) => `L’équipe ${team} répond.`,
  rename: "Renommer",
  renameOf: (name) => `Renommer l’application ${name}`,
  save: "Renommer",
  renamed: (from, to) => `${from} s’appelle maintenant ${to}.`,
  undo: "Annuler",
  shut: "Fermer",
  shutOf: (name) => `Fermer l’application ${name}`,
  shutLead:
    "En cinq secondes, les téléphones de ses utilisateurs sont refusés : personne ne se connecte, rien de ce qu’ils écrivent ne vous parvient, et aucune notification ne part. Ce qui s’est dit reste dans la boîte. Vous pouvez la rouvrir à tout moment ; les sessions de qui était connecté continuent alors.",
  again: (name) => `Pour confirmer, écrivez son nom : ${name}`,
  wasShut: (name) => `${name} est fermée.`,
  isShut: (day) => `Fermée depuis le ${day} : ses utilisateurs ne peuvent ni écrire ni se connecter.`,
  open: "Rouvrir",
  openOf: (name) => `Rouvrir l’application ${name}`,
  opened: (name) => `${name} est rouverte.`,
  test: "Envoyer un essai",
  testOf: "Envoyer une notification d’essai",
  testMore: "Une vraie notification vers les appareils d’une personne, pour voir si ces clés fonctionnent.",
  testLead:
    "Vers les appareils d’une personne, vous-même peut-être : connectez-vous une fois à l’application, et permettez-y les notifications. Aucun message n’est écrit.",
  whom: "Son identifiant chez vous, ou le nôtre (usr_…)",
  send: "Envoyer",
  nobody: "Cette application n’a aucun utilisateur de cet identifiant. S’est-il connecté une fois ?",
  noDevice: "Cette personne n’est connectée sur aucun appareil.",
  device: (number) => `appareil ${number}`,
};

export const appWords: Record<Language, typeof en> = { en, fr };
