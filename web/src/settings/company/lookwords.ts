// The words of how an app looks, which are fetched with its page and not before.
import type { Language } from "../../words/words";

const en = {
  title: "Appearance",
  more: "What users see in the app’s conversations: whom they write to, your colour, a greeting, your logo. Phones that are connected show a change at once. A look that the app’s developers chose themselves goes before this colour.",
  name: "Whom users write to",
  nameMore: "Empty: the name of the app.",
  accent: "Your colour",
  accentMore: "Six digits, such as c2410c. Empty: the colour of the screens themselves.",
  pick: "Choose a colour",
  noColour: "No colour",
  greetings: "Greeting",
  greetingsMore:
    "Above the list of conversations, and where nobody has written yet. Users whose language is not here read the first.",
  language: "Language, such as fr or pt-BR",
  text: (language: string) => (language ? `Greeting, ${language}` : "Greeting"),
  addLanguage: "Add a language",
  removeLanguage: (language: string) => `Remove the greeting, ${language || "no language"}`,
  logo: "Logo",
  logoMore:
    "A PNG, JPEG or WebP of at most 4 MB. It is made square and small, and loses what a camera wrote into it.",
  pickLogo: "Choose a picture",
  dropLogo: "or drop one here",
  removeLogo: "Remove the logo",
  logoSet: "The logo is set.",
  logoRemoved: "The logo was removed.",
  undo: "Undo",
  logoOf: (app: string) => `Logo of ${app}`,
  save: "Save",
  saved: "Saved. Phones that are connected show it now.",
  preview: "How it looks",
  light: "In the light",
  dark: "In the dark",
  contrast: (ratio: string) => `Words on it: ${ratio} to 1`,
  darker: "Your colour is too light to be read here; phones show a darker one.",
  lighter: "Your colour is too dark to be read here; phones show a lighter one.",
  theirs: "Good morning! It leaves today.",
  mine: "Thank you!",
  start: "New conversation",
  wrong: {
    name: "The name is too long.",
    accent: "A colour has six digits from 0 to 9 and a to f, such as c2410c.",
    language: "Each greeting needs a language, such as fr or pt-BR.",
    twice: "Each language once.",
    long: "A greeting has at most 500 bytes, which are about 500 letters.",
  },
  logoFaults: {
    too_large: "The picture has more than 4 MB. Take a smaller one.",
    unsupported_media_type: "This is no PNG, JPEG or WebP picture. Save it as one of these.",
    invalid_body: "The picture is broken, or has more than 50 million pixels. Take another one.",
  } as Record<string, string>,
};

type LookWords = typeof en;

const fr: LookWords = {
  title: "Apparence",
  more: "Ce que voient les utilisateurs dans les conversations de l’application : à qui ils écrivent, votre couleur, un mot d’accueil, votre logo. Les téléphones connectés montrent un changement aussitôt. Une apparence choisie par les développeurs de l’application passe avant cette couleur.",
  name: "À qui écrivent les utilisateurs",
  nameMore: "Vide : le nom de l’application.",
  accent: "Votre couleur",
  accentMore: "Six chiffres, comme c2410c. Vide : la couleur des écrans eux-mêmes.",
  pick: "Choisir une couleur",
  noColour: "Aucune couleur",
  greetings: "Mot d’accueil",
  greetingsMore:
    "Au-dessus de la liste des conversations, et là où personne n’a encore écrit. Qui parle une langue absente d’ici lit le premier.",
  language: "Langue, comme fr ou pt-BR",
  text: (language) => (language ? `Mot d’accueil, ${language}` : "Mot d’accueil"),
  addLanguage: "Ajouter une langue",
  removeLanguage: (language) => `Retirer le mot d’accueil, ${language || "sans langue"}`,
  logo: "Logo",
  logoMore:
    "Un PNG, JPEG ou WebP de 4 Mo au plus. Il devient carré et petit, et perd ce qu’un appareil photo y a écrit.",
  pickLogo: "Choisir une image",
  dropLogo: "ou déposez-en une ici",
  removeLogo: "Retirer le logo",
  logoSet: "Le logo est en place.",
  logoRemoved: "Le logo a été retiré.",
  undo: "Annuler",
  logoOf: (app) => `Logo de ${app}`,
  save: "Enregistrer",
  saved: "Enregistré. Les téléphones connectés le montrent déjà.",
  preview: "Aperçu",
  light: "En clair",
  dark: "En sombre",
  contrast: (ratio) => `Les mots dessus : ${ratio} pour 1`,
  darker: "Votre couleur est trop claire pour être lue ici ; les téléphones en montrent une plus sombre.",
  lighter: "Votre couleur est trop sombre pour être lue ici ; les téléphones en montrent une plus claire.",
  theirs: "Bonjour ! Il part aujourd’hui.",
  mine: "Merci !",
  start: "Nouvelle conversation",
  wrong: {
    name: "Le nom est trop long.",
    accent: "Une couleur a six chiffres de 0 à 9 et de a à f, comme c2410c.",
    language: "Chaque mot d’accueil a besoin d’une langue, comme fr ou pt-BR.",
    twice: "Chaque langue une fois.",
    long: "Un mot d’accueil a 500 octets au plus, soit environ 480 lettres.",
  },
  logoFaults: {
    too_large: "L’image a plus de 4 Mo. Prenez-en une plus petite.",
    unsupported_media_type:
      "Ce n’est pas une image PNG, JPEG ou WebP. Enregistrez-la sous l’une de ces formes.",
    invalid_body: "L’image est abîmée, ou a plus de 50 millions de pixels. Prenez-en une autre.",
  },
};

export const lookWords: Record<Language, LookWords> = { en, fr };
