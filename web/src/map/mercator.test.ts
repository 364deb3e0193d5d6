import { expect, test } from "vitest";
import {
  between,
  dragged,
  farthest,
  held,
  latitudeOf,
  metresBetween,
  metresOf,
  nearer,
  onScreen,
  openedAt,
  pointOf,
  scaleOf,
  tileAddress,
  tilesOf,
  unitsOf,
  worldOf,
  xOf,
  yOf,
} from "./mercator";
import { isOnMap } from "./view";

const size = { width: 800, height: 500 };
const paris = { latitude: 48.8566, longitude: 2.3522 };
const london = { latitude: 51.5072, longitude: -0.1276 };
const at = (place: typeof paris, zoom: number) => ({ ...pointOf(place), zoom });

test("the square of the world is that of tiles: Paris lies on tile 16/33196/22546", () => {
  const count = 2 ** 16;
  expect([Math.floor(xOf(paris.longitude) * count), Math.floor(yOf(paris.latitude) * count)]).toEqual([
    33196, 22546,
  ]);
  expect(xOf(-180)).toBe(0);
  expect(yOf(0)).toBeCloseTo(0.5, 12);
  expect(latitudeOf(yOf(48.8566))).toBeCloseTo(48.8566, 9);
  expect(yOf(90)).toBeCloseTo(0, 3);
});

test("distances are those on the ground", () => {
  expect(Math.abs(metresBetween(paris, london) - 343_900)).toBeLessThan(1_500);
  // On the screen, too: a kilometre to the east of Paris, at street level.
  const camera = at(paris, 15);
  const east = { latitude: paris.latitude, longitude: paris.longitude + 0.01 };
  const { x } = onScreen(camera, size, pointOf(east));
  expect(Math.abs((x - 400) * metresOf(15, camera.y) - metresBetween(paris, east))).toBeLessThan(3);
});

test("beyond the date line a point stands beside its neighbours", () => {
  const camera = at({ latitude: -17.8, longitude: 179.5 }, 6);
  const { x } = onScreen(camera, size, pointOf({ latitude: -17.8, longitude: -179.5 }));
  expect(x).toBeCloseTo(400 + worldOf(6) / 360, 6);
});

test("what is under the pointer stays there when one goes nearer", () => {
  const camera = at(paris, 5);
  const pointer = { x: 200, y: -120 };
  const before = onScreen(camera, size, pointOf(london));
  const under = { x: camera.x + pointer.x / worldOf(5), y: camera.y + pointer.y / worldOf(5) };
  const close = nearer(camera, 2.5, size, 18, pointer);
  const { x, y } = onScreen(close, size, under);
  expect([x, y]).toEqual([expect.closeTo(600, 6), expect.closeTo(130, 6)]);
  expect(onScreen(nearer(close, -2.5, size, 18, pointer), size, pointOf(london)).x).toBeCloseTo(before.x, 6);
});

test("the map goes on around the world and ends at its north and south", () => {
  const far = held({ x: -0.2, y: -3, zoom: 0 }, size, 18);
  expect(far.x).toBeCloseTo(0.8, 12);
  // Never farther than the world is wide, never nearer than there is something.
  expect(far.zoom).toBe(farthest(size));
  expect(held({ x: 0.5, y: 0.5, zoom: 40 }, size, 18).zoom).toBe(18);
  const top = held({ x: 0.5, y: 0, zoom: 6 }, size, 18);
  expect(onScreen(top, size, { x: 0.5, y: 0 }).y).toBeCloseTo(0, 6);
  const drag = dragged(at(paris, 8), 30, -40);
  expect(onScreen(drag, size, pointOf(paris))).toEqual({
    x: expect.closeTo(430, 6),
    y: expect.closeTo(210, 6),
  });
});

test("the way between two views is the short one", () => {
  const from = { x: 0.98, y: 0.4, zoom: 5 };
  const to = { x: 0.02, y: 0.6, zoom: 7 };
  expect(between(from, to, 0.5)).toEqual({
    x: expect.closeTo(1, 9),
    y: expect.closeTo(0.5, 9),
    zoom: expect.closeTo(6, 9),
  });
  expect(held(between(from, to, 1), size, 18).x).toBeCloseTo(0.02, 9);
});

test("a map opens with all that the place may be in", () => {
  expect(openedAt({ ...paris, accuracy_m: 12 }, size, 7, 18).zoom).toBe(7);
  const rough = openedAt({ ...paris, accuracy_m: 90_000 }, size, 16, 19);
  const radius = 90_000 / metresOf(rough.zoom, pointOf(paris).y);
  expect(radius * 2).toBeLessThan(500);
  expect(radius * 2).toBeGreaterThan(300);
});

test("the scale is a round length that has room, in what people measure in", () => {
  for (let zoom = 2; zoom <= 19; zoom += 0.37)
    for (const units of ["metric", "imperial"] as const) {
      const { width, value } = scaleOf(metresOf(zoom, 0.35), 110, units);
      expect(width).toBeLessThanOrEqual(110.001);
      expect(width).toBeGreaterThan(40);
      expect(String(value)).toMatch(/^(0\.)?[125]0*$/);
    }
  expect(scaleOf(10, 110, "metric")).toEqual({ width: 100, value: 1, unit: "kilometer" });
  expect(scaleOf(1, 110, "metric")).toEqual({ width: 100, value: 100, unit: "meter" });
  expect(scaleOf(20, 110, "imperial")).toMatchObject({ value: 1, unit: "mile" });
  expect(scaleOf(0.3048, 110, "imperial")).toMatchObject({ value: 100, unit: "foot" });
  expect(["fr-FR", "en", "en-IE", "en-US", "en-GB"].map(unitsOf)).toEqual([
    "metric",
    "metric",
    "metric",
    "imperial",
    "imperial",
  ]);
});

test("tiles are asked for from the middle outwards, for what is in view and no more", () => {
  const tiles = tilesOf(at(paris, 16), size, 19);
  expect(tiles[0]).toEqual({ z: 16, x: 33196, y: 22546 });
  expect(tiles.length).toBeLessThanOrEqual(5 * 4);
  // The host has nothing deeper: its last ones are drawn larger.
  expect(new Set(tilesOf(at(paris, 18), size, 16).map(({ z }) => z))).toEqual(new Set([16]));
  for (const { y } of tilesOf({ x: 0.5, y: 0.01, zoom: 3 }, size, 19)) expect(y).toBeGreaterThanOrEqual(0);
});

test("the address of a tile has its numbers, also beyond the date line", () => {
  const template = "https://tiles.example.com/{z}/{x}/{y}.png?z={z}";
  expect(tileAddress(template, { z: 3, x: 2, y: 1 })).toBe("https://tiles.example.com/3/2/1.png?z=3");
  expect(tileAddress(template, { z: 3, x: -1, y: 1 })).toBe("https://tiles.example.com/3/7/1.png?z=3");
  expect(tileAddress(template, { z: 3, x: 8, y: 1 })).toBe("https://tiles.example.com/3/0/1.png?z=3");
});

test("at the poles there is no interactive map", () => {
  expect([85, -85, 86, -90].map((latitude) => isOnMap({ latitude, longitude: 0 }))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
