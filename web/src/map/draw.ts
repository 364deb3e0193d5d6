// Draws the interactive map: what comes with the inbox below, tiles over it, and over both where somebody is.
import type { Atlas, Way } from "./atlas";
import {
  type Camera,
  metresOf,
  onScreen,
  type Point,
  pointOf,
  type Size,
  scaleOf,
  type Units,
  worldOf,
} from "./mercator";
import type { Tiles } from "./tiles";
import type { Place } from "./view";

/** Nearer than this the map that comes with the inbox would be wrong by more than it shows: there are distances instead. */
export const DETAIL = 10;
/** Room of the longest bar of the scale, in pixels; as far apart as the bar is long are the lines, too. */
export const BAR = 110;
/** A circle that is smaller is under its pin. */
const VISIBLE = 8;

export interface Colours {
  sea: string;
  seaLine: string;
  land: string;
  landLine: string;
  ink: string;
  faint: string;
  accent: string;
  raised: string;
  isDark: boolean;
}

/** The classes that have them: the styles of a dialog know colours by their classes only. */
const CLASSES = {
  sea: "text-sea",
  seaLine: "text-sea-line",
  land: "text-land",
  landLine: "text-land-line",
  ink: "text-ink-soft",
  faint: "text-ink-faint",
  accent: "text-accent",
  raised: "text-raised",
} as const;

/** The colours of the theme as they are now, read where they hold. */
export function coloursOf(element: HTMLElement): Colours {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const read = (name: keyof typeof CLASSES) => {
    probe.className = CLASSES[name];
    return getComputedStyle(probe).color;
  };
  const colours = {
    sea: read("sea"),
    seaLine: read("seaLine"),
    land: read("land"),
    landLine: read("landLine"),
    ink: read("ink"),
    faint: read("faint"),
    accent: read("accent"),
    raised: read("raised"),
  };
  probe.remove();
  const [red = 255] = (colours.land.match(/[\d.]+/g) ?? []).map(Number);
  return { ...colours, isDark: red < 128 };
}

export interface Scene {
  camera: Camera;
  size: Size;
  atlas: Atlas | null;
  tiles: Tiles | null;
  colours: Colours;
  font: { family: string; size: number };
  /** What people measure in. */
  units: Units;
  /** The name of a country, by its code. */
  nameOf: (code: string) => string;
  place: Place;
  /** Where it was before, the earliest first. */
  trail: readonly Place[];
}

export function drawMap(context: CanvasRenderingContext2D, scene: Scene): void {
  const { camera, size, colours, tiles, atlas } = scene;
  context.lineJoin = context.lineCap = "round";
  const isNear = camera.zoom > DETAIL;
  context.fillStyle = isNear || !atlas ? colours.land : colours.sea;
  context.fillRect(0, 0, size.width, size.height);
  if (atlas && !isNear) drawAtlas(context, scene, atlas);
  else drawGrid(context, scene);
  // Tiles that do not come cover nothing: what is below them is the map then, with its names.
  if (tiles && !tiles.isLost) {
    tiles.draw(context, camera, size);
    // Tiles are made for the day.
    if (colours.isDark) {
      context.fillStyle = "rgb(0 0 0 / 0.4)";
      context.fillRect(0, 0, size.width, size.height);
    }
  } else if (atlas && !isNear) drawNames(context, scene, atlas);
  drawPlace(context, scene);
}

interface View {
  camera: Camera;
  size: Size;
  world: number;
  west: number;
  east: number;
  north: number;
  south: number;
}

function viewOf({ camera, size }: Scene): View {
  const world = worldOf(camera.zoom);
  const [across, down] = [size.width / 2 / world, size.height / 2 / world];
  const { x, y } = camera;
  return { camera, size, world, west: x - across, east: x + across, north: y - down, south: y + down };
}

/** Where the square ends there is no coast. */
const isEdge = (x: number, y: number): boolean => x < 1e-5 || x > 1 - 1e-5 || y > 0.9995;

/** One path of all that is in view. Points that fall on one pixel are one. */
function trace(
  context: CanvasRenderingContext2D,
  ways: readonly Way[],
  view: View,
  kind: "surface" | "line",
): void {
  const { camera, size, world } = view;
  context.beginPath();
  for (const way of ways)
    for (const shift of [-1, 0, 1]) {
      if (way.west + shift > view.east || way.east + shift < view.west) continue;
      if (way.south < view.north || way.north > view.south) continue;
      const { points } = way;
      let [lastX, lastY, wasEdge] = [Number.NaN, Number.NaN, false];
      for (let place = 0; place < points.length; place += 2) {
        const [x, y] = [points[place] ?? 0, points[place + 1] ?? 0];
        const px = (x + shift - camera.x) * world + size.width / 2;
        const py = (y - camera.y) * world + size.height / 2;
        const isInside = place > 0 && place < points.length - 2;
        if (isInside && Math.abs(px - lastX) < 0.7 && Math.abs(py - lastY) < 0.7) continue;
        const edge = kind === "line" && isEdge(x, y);
        if (place === 0 || (edge && wasEdge)) context.moveTo(px, py);
        else context.lineTo(px, py);
        [lastX, lastY, wasEdge] = [px, py, edge];
      }
      if (kind === "surface") context.closePath();
    }
}

function drawAtlas(context: CanvasRenderingContext2D, scene: Scene, atlas: Atlas): void {
  const { colours, camera } = scene;
  const view = viewOf(scene);
  const fill = (ways: readonly Way[], colour: string) => {
    trace(context, ways, view, "surface");
    context.fillStyle = colour;
    context.fill();
  };
  const stroke = (ways: readonly Way[], colour: string, width: number) => {
    trace(context, ways, view, "line");
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  };
  fill(atlas.land, colours.land);
  fill(atlas.lakes, colours.sea);
  if (camera.zoom > 3.5) {
    // Water, and a little of the ink: on land it would be too near to the ground alone.
    const width = camera.zoom > 6 ? 2 : 1;
    stroke(atlas.rivers, colours.sea, width);
    context.globalAlpha = 0.2;
    stroke(atlas.rivers, colours.faint, width);
    context.globalAlpha = 1;
  }
  stroke(atlas.lakes, colours.landLine, 0.5);
  stroke(atlas.coasts, colours.landLine, 1);
  context.globalAlpha = 0.7;
  context.setLineDash([4, 3]);
  stroke(atlas.borders, colours.faint, 1);
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** Lines at a round distance from each other, through the place: where nothing else is known, distances are. */
function drawGrid(context: CanvasRenderingContext2D, scene: Scene): void {
  const { camera, size, colours, place, units } = scene;
  const { width: step } = scaleOf(metresOf(camera.zoom, camera.y), BAR, units);
  const from = onScreen(camera, size, pointOf(place));
  context.beginPath();
  for (let x = from.x - Math.ceil(from.x / step) * step; x < size.width; x += step) {
    context.moveTo(x, 0);
    context.lineTo(x, size.height);
  }
  for (let y = from.y - Math.ceil(from.y / step) * step; y < size.height; y += step) {
    context.moveTo(0, y);
    context.lineTo(size.width, y);
  }
  context.strokeStyle = colours.landLine;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}

/** Up to which town, by importance, names are looked for at a zoom. */
const TOWNS = [0, 0, 20, 60, 150, 500, 1_400, 3_500] as const;
/** More names than this are a page of names and no map. */
const MOST = 60;

function drawNames(context: CanvasRenderingContext2D, scene: Scene, atlas: Atlas): void {
  const { camera, size, colours, font, nameOf, place } = scene;
  const world = worldOf(camera.zoom);
  const taken: { x: number; y: number; width: number; height: number }[] = [];
  const isFree = (x: number, y: number, width: number, height: number) =>
    taken.every((it) => x > it.x + it.width || it.x > x + width || y > it.y + it.height || it.y > y + height);
  const isInView = ({ x, y }: Point, margin: number) =>
    x > -margin && x < size.width + margin && y > -margin && y < size.height + margin;
  const pin = onScreen(camera, size, pointOf(place));
  taken.push({ x: pin.x - 14, y: pin.y - 14, width: 28, height: 28 });
  const write = (text: string, x: number, y: number) => {
    context.strokeStyle = colours.land;
    context.lineWidth = 3;
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  };
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillStyle = colours.faint;
  context.font = `600 ${font.size * 1.1}px ${font.family}`;
  for (const country of atlas.countries) {
    // On a large scale the name of the country one is in says nothing, and stands anywhere.
    if (country.reach * world < 46 || camera.zoom > 7) continue;
    const at = onScreen(camera, size, country);
    if (!isInView(at, 0)) continue;
    const text = nameOf(country.code);
    const width = context.measureText(text).width + 12;
    if (width > country.reach * world * 1.6 || taken.length > MOST) continue;
    if (!isFree(at.x - width / 2, at.y - font.size, width, font.size * 2)) continue;
    taken.push({ x: at.x - width / 2, y: at.y - font.size, width, height: font.size * 2 });
    write(text, at.x, at.y);
  }
  context.textAlign = "left";
  context.font = `500 ${font.size}px ${font.family}`;
  const last = TOWNS[Math.floor(camera.zoom)] ?? atlas.towns.length;
  for (let rank = 0; rank < last && taken.length < MOST; rank++) {
    const town = atlas.towns[rank];
    if (!town) break;
    const at = onScreen(camera, size, town);
    if (!isInView(at, 40)) continue;
    const width = context.measureText(town.name).width + 14;
    if (!isFree(at.x - 5, at.y - font.size * 0.8, width + 5, font.size * 1.6)) continue;
    taken.push({ x: at.x - 5, y: at.y - font.size * 0.8, width: width + 5, height: font.size * 1.6 });
    context.fillStyle = colours.ink;
    context.beginPath();
    context.arc(at.x, at.y, rank < 250 ? 2.5 : 1.75, 0, 2 * Math.PI);
    context.fill();
    write(town.name, at.x + 6, at.y);
  }
}

function drawPlace(context: CanvasRenderingContext2D, { camera, size, colours, place, trail }: Scene): void {
  const at = onScreen(camera, size, pointOf(place));
  const dot = (x: number, y: number, radius: number) => {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
  };
  context.strokeStyle = context.fillStyle = colours.accent;
  const circle = (place.accuracy_m ?? 0) / metresOf(camera.zoom, pointOf(place).y);
  if (circle >= VISIBLE) {
    dot(at.x, at.y, circle);
    context.globalAlpha = 0.15;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 1.5;
    context.stroke();
  }
  if (trail.length > 0) {
    const before = trail.map((step) => onScreen(camera, size, pointOf(step)));
    context.globalAlpha = 0.65;
    context.beginPath();
    for (const { x, y } of before) context.lineTo(x, y);
    context.lineTo(at.x, at.y);
    context.lineWidth = 2.5;
    context.stroke();
    for (const { x, y } of before) {
      dot(x, y, 3);
      context.fill();
    }
    context.globalAlpha = 1;
  }
  if (circle < VISIBLE) {
    dot(at.x, at.y, 11);
    context.globalAlpha = 0.2;
    context.fill();
    context.globalAlpha = 1;
  }
  dot(at.x, at.y, 6.5);
  context.fill();
  context.strokeStyle = colours.raised;
  context.lineWidth = 2;
  context.stroke();
}
