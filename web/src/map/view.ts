// What of the world a still map shows: a plane around one place, true in its middle.
import type { Ring, World } from "./world";

export interface Place {
  latitude: number;
  longitude: number;
  accuracy_m?: number | null | undefined;
}

/** Kilometres of one degree of latitude. */
const DEGREE_KM = 111.2;
/** So much of the world is enough to recognise it by its coasts. */
const WIDTH_KM = 1_900;
/** At the poles a degree of longitude is nothing: the map stays a map. */
const NARROWEST = 0.12;

export interface MapView {
  width: number;
  height: number;
  /** Pixels for a degree. */
  perLongitude: number;
  perLatitude: number;
  longitude: number;
  latitude: number;
  kmPerPixel: number;
}

export function viewOf(place: Place, width: number, height: number): MapView {
  const widthKm = Math.max(WIDTH_KM, ((place.accuracy_m ?? 0) / 1_000) * 6);
  const kmPerPixel = widthKm / width;
  const perLatitude = DEGREE_KM / kmPerPixel;
  const cosine = Math.max(NARROWEST, Math.cos((place.latitude * Math.PI) / 180));
  const { longitude, latitude } = place;
  return { width, height, perLatitude, perLongitude: perLatitude * cosine, longitude, latitude, kmPerPixel };
}

export const pointOn = (view: MapView, longitude: number, latitude: number): readonly [number, number] => [
  view.width / 2 + (longitude - view.longitude) * view.perLongitude,
  view.height / 2 - (latitude - view.latitude) * view.perLatitude,
];

/** By how many degrees a ring is moved to be seen: those beyond the date line come from the other side of the world. */
function shiftsOf(view: MapView, ring: Ring): number[] {
  const half = view.width / 2 / view.perLongitude;
  const up = view.height / 2 / view.perLatitude;
  if (ring.south > view.latitude + up || ring.north < view.latitude - up) return [];
  return [-360, 0, 360].filter(
    (shift) => ring.west + shift < view.longitude + half && ring.east + shift > view.longitude - half,
  );
}

/** The land of the view as one path of SVG. */
export function landOf(world: World, view: MapView): string {
  let path = "";
  for (const { rings } of world)
    for (const ring of rings)
      for (const shift of shiftsOf(view, ring)) {
        for (let place = 0; place < ring.points.length; place += 2) {
          const [x, y] = pointOn(view, (ring.points[place] ?? 0) + shift, ring.points[place + 1] ?? 0);
          path += `${place === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
        }
        path += "Z";
      }
  return path;
}

/** The lower right corner, which the lens may take. */
const LENS_CORNER = { width: 112, height: 88 };

/** The countries whose names have room in the view, the nearest to the place first. */
export function namesOf(world: World, view: MapView): { code: string; x: number; y: number }[] {
  const middle = [view.width / 2, view.height / 2] as const;
  const near = (x: number, y: number) => Math.hypot(x - middle[0], y - middle[1]);
  const names = world.flatMap(({ code, label }) => {
    const shift = Math.round((view.longitude - label[0]) / 360) * 360;
    const [x, y] = pointOn(view, label[0] + shift, label[1]);
    const isInside = x > 36 && x < view.width - 36 && y > 14 && y < view.height - 10;
    const isUnderLens = x > view.width - LENS_CORNER.width && y > view.height - LENS_CORNER.height;
    return code && isInside && !isUnderLens && near(x, y) > 24 ? [{ code, x, y }] : [];
  });
  const placed: typeof names = [];
  for (const name of names.toSorted((a, b) => near(a.x, a.y) - near(b.x, b.y)))
    if (placed.every(({ x, y }) => Math.abs(x - name.x) > 64 || Math.abs(y - name.y) > 16)) placed.push(name);
  return placed.slice(0, 7);
}

/** Lines of longitude and latitude, each five or more degrees. */
export function gridOf(view: MapView): string {
  const step = [5, 10, 20, 30].find((degrees) => degrees * view.perLatitude > 45) ?? 60;
  const half = view.width / 2 / view.perLongitude;
  const up = view.height / 2 / view.perLatitude;
  let path = "";
  for (let at = Math.ceil((view.longitude - half) / step) * step; at < view.longitude + half; at += step)
    path += `M${pointOn(view, at, 0)[0].toFixed(1)} 0V${view.height}`;
  for (let at = Math.ceil((view.latitude - up) / step) * step; at < view.latitude + up; at += step)
    path += `M0 ${pointOn(view, 0, at)[1].toFixed(1)}H${view.width}`;
  return path;
}

/** Coordinates as maps take them: degrees with a point, latitude first. */
export const coordinatesOf = ({ latitude, longitude }: Place): string =>
  `${latitude.toFixed(6)}, ${longitude.toFixed(6)}`;

/** The address of a place on the company's map; `null` when there is none, or none that can be followed. */
export function addressOf(
  template: string | null | undefined,
  { latitude, longitude }: Place,
): string | null {
  if (!template || !/^(https?:\/\/|geo:)/.test(template)) return null;
  return template
    .replaceAll("{latitude}", latitude.toFixed(6))
    .replaceAll("{longitude}", longitude.toFixed(6));
}

/** As far north and south as the interactive map reaches, in degrees: beyond, its square would be a tower. */
export const NORTHMOST = 85.05;

/** Whether a place can be looked at on the interactive map. */
export const isOnMap = ({ latitude }: Place): boolean => Math.abs(latitude) <= NORTHMOST;
