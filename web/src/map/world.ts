// The base map: Natural Earth 1:110m, public domain; basemap/build.mjs makes the file. Nothing of a place leaves the page.
import address from "./world.json?url";

/** As the file has it: arcs in steps of a degree, each point as the way from the one before. */
interface File {
  steps: number;
  arcs: readonly (readonly number[])[];
  countries: readonly (readonly [
    code: string,
    x: number,
    y: number,
    rings: readonly (readonly number[])[],
  ])[];
}

export interface Country {
  /** ISO 3166-1, two letters; empty when there is none. */
  code: string;
  /** Where its name stands, in degrees. */
  label: readonly [longitude: number, latitude: number];
  rings: readonly Ring[];
}

export interface Ring {
  /** Longitude and latitude, one after the other, in degrees. */
  points: Float32Array;
  west: number;
  east: number;
  south: number;
  north: number;
}

export type World = readonly Country[];

export function unpack({ steps, arcs, countries }: File): World {
  const paths = arcs.map((arc) => {
    const points: number[] = [];
    let [x, y] = [0, 0];
    for (let place = 0; place < arc.length; place += 2) {
      x += arc[place] ?? 0;
      y += arc[place + 1] ?? 0;
      points.push(x / steps, y / steps);
    }
    return points;
  });
  /** An arc that is gone through backwards has the complement of its number. */
  const along = (index: number): number[] => {
    if (index >= 0) return paths[index] ?? [];
    const points = paths[~index] ?? [];
    const back: number[] = [];
    for (let place = points.length - 2; place >= 0; place -= 2)
      back.push(points[place] ?? 0, points[place + 1] ?? 0);
    return back;
  };
  return countries.map(([code, x, y, rings]) => ({
    code,
    label: [x / steps, y / steps] as const,
    rings: rings.map((indexes) => ringOf(indexes.flatMap(along))),
  }));
}

function ringOf(numbers: readonly number[]): Ring {
  const points = Float32Array.from(whole(numbers));
  const ring = { points, west: 540, east: -540, south: 90, north: -90 };
  for (let place = 0; place < points.length; place += 2) {
    const [x, y] = [points[place] ?? 0, points[place + 1] ?? 0];
    ring.west = Math.min(ring.west, x);
    ring.east = Math.max(ring.east, x);
    ring.south = Math.min(ring.south, y);
    ring.north = Math.max(ring.north, y);
  }
  return ring;
}

/**
 * A ring that crosses the date line goes on beyond it instead of jumping to the other side; one that goes all the way
 * around, as the Antarctic does, is closed along its pole.
 */
function whole(numbers: readonly number[]): number[] {
  const points: number[] = [];
  let shift = 0;
  for (let place = 0; place < numbers.length; place += 2) {
    const x = numbers[place] ?? 0;
    const before = place === 0 ? x : (numbers[place - 2] ?? 0);
    if (x - before > 180) shift -= 360;
    if (x - before < -180) shift += 360;
    points.push(x + shift, numbers[place + 1] ?? 0);
  }
  const [start, end] = [points[0] ?? 0, points.at(-2) ?? 0];
  if (Math.abs(end - start) > 180) {
    const pole = (points.at(-1) ?? 0) < 0 ? -90 : 90;
    points.push(end, pole, start, pole);
  }
  return points;
}

let world: World | null = null;
let fetching: Promise<World | null> | null = null;

/** The world if it is here already. */
export const worldNow = (): World | null => world;

/** Fetches the world once; `null` when it cannot be had now, and the next card tries again. */
export function fetchWorld(): Promise<World | null> {
  fetching ??= fetch(address)
    .then((answer) => (answer.ok ? (answer.json() as Promise<File>) : null))
    .then((file) => {
      world = file && unpack(file);
      return world;
    })
    .catch(() => null)
    .finally(() => {
      fetching = null;
    });
  return fetching;
}
