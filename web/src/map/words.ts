// The words of the interactive map.
import type { Language } from "../words/words";

const en = {
  title: (name: string) => `Map: ${name}`,
  area: (name: string) => `Interactive map: ${name}`,
  hint: "Arrow keys move the map, + and − go nearer and farther, 0 goes back to the place, Esc closes.",
  closer: "Nearer",
  farther: "Farther",
  back: "Back to the place",
  close: "Close the map",
  scale: (length: string) => `Scale: ${length}`,
  near: (distance: string, town: string, country: string) =>
    `About ${distance} from ${town}${country && ` (${country})`}`,
  at: (town: string, country: string) => `In or near ${town}${country && ` (${country})`}`,
  steps: (count: string) => `Earlier places since this conversation was opened here: ${count}`,
  over: "This place is no longer shared. Where it was is not kept.",
  offline:
    "Made with Natural Earth, public domain. This map comes with the inbox and asks nobody; it has no streets. For streets, your administrator can set the address of a tile server.",
  deep: "So near, only distances are true: this map has no streets.",
  tiles: (credit: string, host: string) =>
    `${credit}. The pictures come from ${host}, which learns what part of the world you look at.`,
  ownTiles: (credit: string) => `${credit}. The pictures come by way of your company’s own server.`,
  tilesLost: "The streets do not come: their server does not answer. What you see is the map of the inbox.",
  noMap: "The map could not be fetched. The place, its circle and distances are right.",
  again: "Try again",
};

const fr: typeof en = {
  title: (name) => `Carte : ${name}`,
  area: (name) => `Carte interactive : ${name}`,
  hint: "Les flèches déplacent la carte, + et − rapprochent et éloignent, 0 revient au lieu, Échap ferme.",
  closer: "Plus près",
  farther: "Plus loin",
  back: "Revenir au lieu",
  close: "Fermer la carte",
  scale: (length) => `Échelle : ${length}`,
  near: (distance, town, country) => `À environ ${distance} de ${town}${country && ` (${country})`}`,
  at: (town, country) => `À ${town} ou tout près${country && ` (${country})`}`,
  steps: (count) => `Lieux précédents depuis que cette conversation est ouverte ici : ${count}`,
  over: "Ce lieu n’est plus partagé. Où il était n’est pas gardé.",
  offline:
    "Fait avec Natural Earth, domaine public. Cette carte est fournie avec la boîte et n’interroge personne ; elle n’a pas de rues. Pour des rues, votre administrateur peut régler l’adresse d’un serveur de tuiles.",
  deep: "D’aussi près, seules les distances sont justes : cette carte n’a pas de rues.",
  tiles: (credit, host) =>
    `${credit}. Les images viennent de ${host}, qui apprend quelle partie du monde vous regardez.`,
  ownTiles: (credit) => `${credit}. Les images passent par le serveur de votre entreprise.`,
  tilesLost: "Les rues ne viennent pas : leur serveur ne répond pas. Vous voyez la carte de la boîte.",
  noMap: "La carte n’a pas pu être récupérée. Le lieu, son cercle et les distances sont justes.",
  again: "Réessayer",
};

export const mapWords: Record<Language, typeof en> = { en, fr };
