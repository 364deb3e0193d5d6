import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type AtlasFile, townNear, unpackAtlas, type Way } from "./atlas";
import { xOf, yOf } from "./mercator";

const file = JSON.parse(readFileSync(new URL("atlas.json", import.meta.url), "utf8")) as AtlasFile;
const atlas = unpackAtlas(file);

/** Whether a point lies in one of the surfaces, by the even-odd rule. */
function isIn(ways: readonly Way[], longitude: number, latitude: number): boolean {
  const [x, y] = [xOf(longitude), yOf(latitude)];
  let inside = false;
  for (const { points } of ways)
    for (let at = 0, before = points.length - 2; at < points.length; before = at, at += 2) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = [
        points[at],
        points[at + 1],
        points[before],
        points[before + 1],
      ];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  return inside;
}

test("land is land, sea is sea, and a lake is a lake", () => {
  for (const [latitude, longitude, expected] of [
    [48.8566, 2.3522, true],
    [46, -30, false],
    [40.42, -3.7, true],
    // The Isle of Wight, the water beside it, and Malta: small, and still there.
    [50.67, -1.3, true],
    [50.5, -1.3, false],
    [35.88, 14.45, true],
    [-80, 10, true],
  ] as const)
    expect(isIn(atlas.land, longitude, latitude), `${latitude} ${longitude}`).toBe(expected);
  expect(isIn(atlas.lakes, -87, 43)).toBe(true);
  expect(isIn(atlas.lakes, 2.3522, 48.8566)).toBe(false);
});

test("each border is drawn once, and the file says where it comes from", () => {
  expect(file.source).toContain("Natural Earth");
  expect(atlas.borders.length).toBeGreaterThan(300);
  expect(atlas.borders.length + atlas.coasts.length).toBe(file.arcs.length);
  expect(atlas.countries.slice(0, 3).map(({ code }) => code)).toContain("RU");
  expect(new Set(atlas.countries.map(({ code }) => code)).size).toBe(atlas.countries.length);
});

test("the nearest town is named, with how far it is, and none in the middle of the sea", () => {
  const near = townNear(atlas, { latitude: 48.8049, longitude: 2.1204 });
  expect(near).toMatchObject({ code: "FR" });
  expect(near?.metres).toBeLessThan(25_000);
  expect(townNear(atlas, { latitude: 48.86, longitude: 2.35 })).toMatchObject({ name: "Paris", code: "FR" });
  expect(townNear(atlas, { latitude: 46, longitude: -30 })).toBeNull();
});
