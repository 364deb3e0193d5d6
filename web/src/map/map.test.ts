import { readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { addressOf, coordinatesOf, gridOf, landOf, namesOf, pointOn, viewOf } from "./view";
import { unpack } from "./world";

const file = readFileSync(new URL("world.json", import.meta.url), "utf8");
const world = unpack(JSON.parse(file));
const paris = { latitude: 48.8566, longitude: 2.3522 };

/** Whether a point is on the land of a view, by the even-odd rule over its path. */
function isLand(path: string, x: number, y: number): boolean {
  let inside = false;
  for (const ring of path.split("Z").filter(Boolean)) {
    const points = ring
      .slice(1)
      .split("L")
      .map((pair) => pair.split(" ").map(Number) as [number, number]);
    for (let at = 0, before = points.length - 1; at < points.length; before = at++) {
      const [x1, y1] = points[at] ?? [0, 0];
      const [x2, y2] = points[before] ?? [0, 0];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  }
  return inside;
}

test("the base map is small", () => {
  expect(brotliCompressSync(file).length).toBeLessThan(60_000);
});

test("land is where land is, also across the date line", () => {
  for (const [latitude, longitude, expected] of [
    [48.8566, 2.3522, true],
    [46, -30, false],
    [-17.8, 178, true],
    [66.5, 179.9, true],
    [-0.5, -140, false],
    [-80, 0, true],
  ] as const) {
    const view = viewOf({ latitude, longitude }, 340, 180);
    expect(isLand(landOf(world, view), 170, 90), `${latitude} ${longitude}`).toBe(expected);
  }
});

test("the place stands in the middle, and distances around it are true", () => {
  const view = viewOf(paris, 340, 180);
  expect(pointOn(view, paris.longitude, paris.latitude)).toEqual([170, 90]);
  // From Paris to London it is 344 km.
  const [x, y] = pointOn(view, -0.1276, 51.5072);
  const km = Math.hypot(x - 170, y - 90) * view.kmPerPixel;
  expect(Math.abs(km - 344)).toBeLessThan(12);
});

test("a place that is known roughly is shown with all it may be in", () => {
  const view = viewOf({ ...paris, accuracy_m: 900_000 }, 340, 180);
  expect((900 / view.kmPerPixel) * 2).toBeLessThan(340);
});

test("names are those of countries that are in sight, and do not stand on each other", () => {
  const names = namesOf(world, viewOf(paris, 340, 180));
  expect(names.map(({ code }) => code)).toContain("DE");
  expect(names.map(({ code }) => code)).not.toContain("US");
  expect(gridOf(viewOf(paris, 340, 180))).toMatch(/^M/);
});

test("coordinates and addresses are what other maps take", () => {
  expect(coordinatesOf(paris)).toBe("48.856600, 2.352200");
  const template = "https://maps.example.com/?at={latitude},{longitude}#{latitude}";
  expect(addressOf(template, paris)).toBe("https://maps.example.com/?at=48.856600,2.352200#48.856600");
  expect(addressOf("geo:{latitude},{longitude}", paris)).toBe("geo:48.856600,2.352200");
  expect(addressOf("javascript:alert({latitude},{longitude})", paris)).toBeNull();
  expect(addressOf(null, paris)).toBeNull();
});
