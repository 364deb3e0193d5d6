// The geometry of the interactive map: Web Mercator, in which the world is a square from 0 to 1, as tiles have it.
import { NORTHMOST, type Place } from "./view";

/** Pixels of a tile's edge, and of the whole world at zoom 0. */
export const TILE = 256;
/** The earth's girth at the equator, in metres. */
const GIRTH_M = 40_075_017;
/** A foot in metres. */
const FOOT_M = 0.3048;

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** What stands in the middle, from 0 to 1, and how near: the world is 256 × 2^zoom pixels wide. */
export interface Camera extends Point {
  zoom: number;
}

export const xOf = (longitude: number): number => (longitude + 180) / 360;

export function yOf(latitude: number): number {
  const held = Math.min(NORTHMOST, Math.max(-NORTHMOST, latitude));
  return 0.5 - Math.asinh(Math.tan((held * Math.PI) / 180)) / (2 * Math.PI);
}

export const latitudeOf = (y: number): number =>
  (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;

export const pointOf = ({ latitude, longitude }: Place): Point => ({ x: xOf(longitude), y: yOf(latitude) });

/** Pixels of the whole world. */
export const worldOf = (zoom: number): number => TILE * 2 ** zoom;

/** Metres of a pixel at the height `y`. */
export const metresOf = (zoom: number, y: number): number =>
  (GIRTH_M * Math.cos((latitudeOf(y) * Math.PI) / 180)) / worldOf(zoom);

/** Where a point stands on the screen: the copy of it that is nearest to the middle. */
export function onScreen(camera: Camera, { width, height }: Size, point: Point): Point {
  const world = worldOf(camera.zoom);
  const across = point.x - camera.x;
  return {
    x: width / 2 + (across - Math.round(across)) * world,
    y: height / 2 + (point.y - camera.y) * world,
  };
}

/** How far out one may go: the world fills the view. */
export const farthest = ({ width, height }: Size): number => Math.log2(Math.max(width, height, TILE) / TILE);

/** Keeps the view on the world: around it goes on for ever, north and south it ends. */
export function held({ x, y, zoom }: Camera, size: Size, deepest: number): Camera {
  const near = Math.min(deepest, Math.max(farthest(size), zoom));
  const margin = size.height / 2 / worldOf(near);
  return {
    x: x - Math.floor(x),
    y: margin >= 0.5 ? 0.5 : Math.min(1 - margin, Math.max(margin, y)),
    zoom: near,
  };
}

/** The map goes along with the hand by so many pixels. */
export function dragged(camera: Camera, dx: number, dy: number): Camera {
  const world = worldOf(camera.zoom);
  return { ...camera, x: camera.x - dx / world, y: camera.y - dy / world };
}

/** Nearer by so many levels; what lies under `at` (pixels from the middle) stays there. */
export function nearer(camera: Camera, levels: number, size: Size, deepest: number, at: Point): Camera {
  const zoom = Math.min(deepest, Math.max(farthest(size), camera.zoom + levels));
  const shift = 1 / worldOf(camera.zoom) - 1 / worldOf(zoom);
  return { x: camera.x + at.x * shift, y: camera.y + at.y * shift, zoom };
}

/** Between two views, from 0 to 1, the short way around the world. */
export function between(from: Camera, to: Camera, share: number): Camera {
  const across = to.x - from.x;
  const mix = (a: number, b: number) => a + (b - a) * share;
  return {
    x: from.x + (across - Math.round(across)) * share,
    y: mix(from.y, to.y),
    zoom: mix(from.zoom, to.zoom),
  };
}

/** How a map opens: the place in the middle, with all that it may be in, and no nearer than the map knows something. */
export function openedAt(place: Place, size: Size, usual: number, deepest: number): Camera {
  const { x, y } = pointOf(place);
  const metres = (place.accuracy_m ?? 0) * 2.6;
  const room = Math.max(1, Math.min(size.width, size.height));
  const fits = metres > 0 ? Math.log2(room / (metres / metresOf(0, y))) : usual;
  return held({ x, y, zoom: Math.min(usual, fits) }, size, deepest);
}

export type Units = "metric" | "imperial";

/** Miles where people measure in them. */
export function unitsOf(locale: string): Units {
  const { region } = new Intl.Locale(locale);
  return region && ["US", "GB", "LR", "MM"].includes(region) ? "imperial" : "metric";
}

export interface Scale {
  /** The length of the bar, in pixels. */
  width: number;
  value: number;
  unit: "meter" | "kilometer" | "foot" | "mile";
}

/** The longest bar of a round length that has room. */
export function scaleOf(metresPerPixel: number, room: number, units: Units): Scale {
  const most = metresPerPixel * room;
  const [unit, metres] =
    units === "metric"
      ? most >= 1_000
        ? (["kilometer", 1_000] as const)
        : (["meter", 1] as const)
      : most >= 5_280 * FOOT_M
        ? (["mile", 5_280 * FOOT_M] as const)
        : (["foot", FOOT_M] as const);
  const tens = 10 ** Math.floor(Math.log10(most / metres));
  const value = ([5, 2, 1].find((digit) => digit * tens * metres <= most) ?? 1) * tens;
  return { width: (value * metres) / metresPerPixel, value, unit };
}

/** Metres between two places, as the crow flies (haversine). */
export function metresBetween(one: Place, other: Place): number {
  const radians = Math.PI / 180;
  const up = Math.sin(((other.latitude - one.latitude) * radians) / 2) ** 2;
  const along = Math.sin(((other.longitude - one.longitude) * radians) / 2) ** 2;
  const share = up + Math.cos(one.latitude * radians) * Math.cos(other.latitude * radians) * along;
  return (GIRTH_M / Math.PI) * Math.asin(Math.min(1, Math.sqrt(share)));
}

export interface TileAt {
  z: number;
  x: number;
  y: number;
}

/** The tiles that fill the view, from the middle outwards. */
export function tilesOf(camera: Camera, { width, height }: Size, deepest: number): TileAt[] {
  const z = Math.max(0, Math.min(deepest, Math.round(camera.zoom)));
  const count = 2 ** z;
  const world = worldOf(camera.zoom);
  const [halfWidth, halfHeight] = [width / 2 / world, height / 2 / world];
  const found: (TileAt & { away: number })[] = [];
  const [west, east] = [
    Math.floor((camera.x - halfWidth) * count),
    Math.floor((camera.x + halfWidth) * count),
  ];
  const north = Math.max(0, Math.floor((camera.y - halfHeight) * count));
  const south = Math.min(count - 1, Math.floor((camera.y + halfHeight) * count));
  for (let x = west; x <= east; x++)
    for (let y = north; y <= south; y++) {
      const away = Math.hypot((x + 0.5) / count - camera.x, (y + 0.5) / count - camera.y);
      found.push({ z, x, y, away });
    }
  return found.toSorted((a, b) => a.away - b.away).map(({ z: at, x, y }) => ({ z: at, x, y }));
}

/** The address of a tile; beyond the date line it is that of the other side. */
export function tileAddress(template: string, { z, x, y }: TileAt): string {
  const count = 2 ** z;
  return template
    .replaceAll("{z}", String(z))
    .replaceAll("{x}", String(((x % count) + count) % count))
    .replaceAll("{y}", String(y));
}
