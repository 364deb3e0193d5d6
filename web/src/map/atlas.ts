// The map that comes with the inbox: Natural Earth, public domain; basemap/atlas.mjs makes the file. It is fetched from the
// inbox's own server, when a place is looked at on the interactive map, and never before.
import address from "./atlas.json?url";
import { metresBetween, type Point, xOf, yOf } from "./mercator";
import type { Place } from "./view";

/** As the file has it: ways in steps of a degree, each point as the way from the one before. */
export interface AtlasFile {
  source: string;
  steps: number;
  arcs: readonly (readonly number[])[];
  countries: readonly (readonly [
    code: string,
    x: number,
    y: number,
    size: number,
    rings: readonly (readonly number[])[],
  ])[];
  lakes: readonly (readonly number[])[];
  rivers: readonly (readonly number[])[];
  towns: { names: string; codes: string; places: readonly number[] };
}

/** A line, or the edge of a surface: points of the world's square, one after the other, and the box around them. */
export interface Way {
  points: Float32Array;
  west: number;
  east: number;
  north: number;
  south: number;
}

export interface Named extends Point {
  /** ISO 3166-1, two letters; `--` where there is none. */
  code: string;
}

export interface Atlas {
  land: readonly Way[];
  /** The lines between two countries, each once. */
  borders: readonly Way[];
  coasts: readonly Way[];
  lakes: readonly Way[];
  rivers: readonly Way[];
  /** The largest first; `reach` is how wide it is, from 0 to 1 of the world. */
  countries: readonly (Named & { reach: number })[];
  /** The most important first. */
  towns: readonly (Named & { name: string; latitude: number; longitude: number })[];
}

export function unpackAtlas({ steps, arcs, countries, lakes, rivers, towns }: AtlasFile): Atlas {
  const degrees = (way: readonly number[]): number[] => {
    const points: number[] = [];
    let [x, y] = [0, 0];
    for (let place = 0; place < way.length; place += 2) {
      x += way[place] ?? 0;
      y += way[place + 1] ?? 0;
      points.push(xOf(x / steps), yOf(y / steps));
    }
    return points;
  };
  const paths = arcs.map(degrees);
  const uses = new Uint8Array(paths.length);
  /** An arc that is gone through backwards has the complement of its number. */
  const along = (index: number): number[] => {
    const points = paths[index < 0 ? ~index : index] ?? [];
    if (index >= 0) return points;
    const back: number[] = [];
    for (let place = points.length - 2; place >= 0; place -= 2)
      back.push(points[place] ?? 0, points[place + 1] ?? 0);
    return back;
  };
  const land: Way[] = [];
  for (const [, , , , rings] of countries)
    for (const ring of rings) {
      for (const index of ring)
        uses[index < 0 ? ~index : index] = (uses[index < 0 ? ~index : index] ?? 0) + 1;
      land.push(wayOf(ring.flatMap(along)));
    }
  const lines = (isBorder: boolean) =>
    paths.flatMap((points, index) => ((uses[index] ?? 0) > 1 === isBorder ? [wayOf(points)] : []));
  const named = towns.names.split("|").map((name, place) => {
    const [longitude, latitude] = [
      (towns.places[place * 2] ?? 0) / steps,
      (towns.places[place * 2 + 1] ?? 0) / steps,
    ];
    const code = towns.codes.slice(place * 2, place * 2 + 2);
    return { name, code, longitude, latitude, x: xOf(longitude), y: yOf(latitude) };
  });
  return {
    land,
    borders: lines(true),
    coasts: lines(false),
    lakes: lakes.map((way) => wayOf(degrees(way))),
    rivers: rivers.map((way) => wayOf(degrees(way))),
    countries: countries
      .filter(([code]) => code !== "")
      .map(([code, x, y, size]) => ({
        code,
        x: xOf(x / steps),
        y: yOf(y / steps),
        reach: size / steps / 360,
      }))
      .toSorted((a, b) => b.reach - a.reach),
    towns: named,
  };
}

function wayOf(points: readonly number[]): Way {
  const way = { points: Float32Array.from(points), west: 1, east: 0, north: 1, south: 0 };
  for (let place = 0; place < points.length; place += 2) {
    way.west = Math.min(way.west, points[place] ?? 0);
    way.east = Math.max(way.east, points[place] ?? 0);
    way.north = Math.min(way.north, points[place + 1] ?? 0);
    way.south = Math.max(way.south, points[place + 1] ?? 0);
  }
  return way;
}

/** The town of the map that is nearest, with its distance in metres; none within 100 km. */
export function townNear(
  { towns }: Atlas,
  place: Place,
): { name: string; code: string; metres: number } | null {
  let best: { name: string; code: string; metres: number } | null = null;
  for (const town of towns) {
    if (Math.abs(town.latitude - place.latitude) > 1) continue;
    const metres = metresBetween(place, town);
    if (metres < (best?.metres ?? 100_000)) best = { name: town.name, code: town.code, metres };
  }
  return best;
}

let fetched: Promise<Atlas | null> | null = null;

/** The map, fetched once; `null` when it does not come: then there are the place, its circle and distances. */
export function fetchAtlas(): Promise<Atlas | null> {
  fetched ??= fetch(address)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then((file: AtlasFile) => unpackAtlas(file))
    .catch(() => {
      // The next map asks again.
      fetched = null;
      return null;
    });
  return fetched;
}
