// Makes src/map/world.json, the base map of the still maps: coasts, borders and where a country's name stands.
//
// Source: Natural Earth 1:110m "Admin 0 - Countries" (naturalearthdata.com, public domain), as the package
// world-atlas 2.0.2 (ISC) has it in countries-110m.json. Borders are Natural Earth's: as they are held, not as anybody
// claims them.
//
//   npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz && node basemap/build.mjs package/countries-110m.json
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { codes, middleOf } from "./countries.mjs";

/** Numbers of a degree: 0.02 of it is 2 km, less than a pixel of the map. */
const STEPS = 50;
/** Most that the file may weigh as it travels. */
const BUDGET = 60_000;
const topology = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { scale, translate } = topology.transform;

/** Each arc as whole steps: the first point, then the way to each next one; what does not move is left out. */
const arcs = topology.arcs.map((arc) => {
  let [x, y] = [0, 0];
  let last = null;
  const out = [];
  for (const [place, [dx, dy]] of arc.entries()) {
    x += dx;
    y += dy;
    const at = [x * scale[0] + translate[0], y * scale[1] + translate[1]].map((degrees) =>
      Math.round(degrees * STEPS),
    );
    const isEnd = place === arc.length - 1;
    if (last && !isEnd && at[0] === last[0] && at[1] === last[1]) continue;
    out.push(at[0] - (last?.[0] ?? 0), at[1] - (last?.[1] ?? 0));
    last = at;
  }
  return out;
});

/** The points of a ring, for finding out where its name stands. */
function ringOf(indexes) {
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

const countries = topology.objects.countries.geometries.map(({ type, arcs: shape, properties }) => {
  const rings = (type === "Polygon" ? [shape] : shape).map(([outer]) => outer);
  const { x, y } = middleOf(rings.map(ringOf));
  return [codes.get(properties.name) ?? "", x, y, rings];
});

const text = `${JSON.stringify({
  source: "Natural Earth 1:110m, public domain",
  steps: STEPS,
  arcs,
  countries,
})}\n`;
const weight = brotliCompressSync(text).length;
if (weight > BUDGET) throw new Error(`${weight} of ${BUDGET} bytes (Brotli)`);
writeFileSync(new URL("../src/map/world.json", import.meta.url), text);
console.log(`${countries.length} countries, ${text.length} bytes, ${weight} as they travel`);
