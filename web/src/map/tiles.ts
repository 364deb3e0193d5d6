// The tiles of the host that the operator chose: fetched for what is in view and nothing else, kept for as long as the map is
// open. Without an operator's word there are none.
import type { MapTiles } from "../api/types";
import { type Camera, type Size, type TileAt, tileAddress, tilesOf, worldOf } from "./mercator";

/** Tiles that are kept at the same time: some screens full. */
const KEPT = 400;
/** How long the view rests before tiles are asked for: not for every step of a wheel. */
const REST_MS = 120;
/** A tile that did not come is not asked for again before. */
const AGAIN_MS = 20_000;

interface Kept {
  image: HTMLImageElement;
  state: "coming" | "there" | "lost";
  lostAt: number;
}

export class Tiles {
  private readonly kept = new Map<string, Kept>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly tiles: MapTiles,
    /** A tile came, or did not. */
    private readonly onNews: () => void,
  ) {}

  get deepest(): number {
    return this.tiles.deepest;
  }

  /** Whether they are asked for and none comes. */
  get isLost(): boolean {
    const all = [...this.kept.values()];
    return all.some(({ state }) => state === "lost") && !all.some(({ state }) => state === "there");
  }

  /** Asks for what is in view, as soon as the view rests; what is no longer in view is not waited for. */
  want(camera: Camera, size: Size): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const wanted = tilesOf(camera, size, this.tiles.deepest);
      const addresses = new Set(wanted.map((at) => tileAddress(this.tiles.address, at)));
      for (const [address, { image, state }] of this.kept)
        if (state === "coming" && !addresses.has(address)) {
          image.src = "";
          this.kept.delete(address);
        }
      for (const address of addresses) this.ask(address);
      for (const address of this.kept.keys()) {
        if (this.kept.size <= KEPT) break;
        if (!addresses.has(address)) this.kept.delete(address);
      }
    }, REST_MS);
  }

  /** Draws what is there; where a tile is on its way, the part of a larger one that covers it. */
  draw(context: CanvasRenderingContext2D, camera: Camera, size: Size): void {
    for (const at of tilesOf(camera, size, this.tiles.deepest)) this.drawOne(context, camera, size, at);
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer);
    for (const { image, state } of this.kept.values()) if (state === "coming") image.src = "";
    this.kept.clear();
  }

  private ask(address: string): void {
    const before = this.kept.get(address);
    if (before && (before.state !== "lost" || performance.now() - before.lostAt < AGAIN_MS)) {
      // Used last, dropped last.
      this.kept.delete(address);
      this.kept.set(address, before);
      return;
    }
    const image = new Image();
    const kept: Kept = { image, state: "coming", lostAt: 0 };
    this.kept.set(address, kept);
    // Hosts of tiles ask for the site that shows them; they are told its origin, never which conversation.
    image.referrerPolicy = "strict-origin";
    image.decoding = "async";
    image.onload = () => {
      kept.state = "there";
      this.onNews();
    };
    image.onerror = () => {
      if (this.kept.get(address) !== kept) return;
      kept.state = "lost";
      kept.lostAt = performance.now();
      this.onNews();
    };
    image.src = address;
  }

  private drawOne(context: CanvasRenderingContext2D, camera: Camera, size: Size, at: TileAt): void {
    const edge = worldOf(camera.zoom) / 2 ** at.z;
    const left = size.width / 2 + at.x * edge - camera.x * worldOf(camera.zoom);
    const top = size.height / 2 + at.y * edge - camera.y * worldOf(camera.zoom);
    // Whole pixels, so that no line shows between two.
    const [x, y] = [Math.round(left), Math.round(top)];
    const [width, height] = [Math.round(left + edge) - x, Math.round(top + edge) - y];
    for (let up = 0; up <= Math.min(5, at.z); up++) {
      const parts = 2 ** up;
      const larger = { z: at.z - up, x: Math.floor(at.x / parts), y: Math.floor(at.y / parts) };
      const kept = this.kept.get(tileAddress(this.tiles.address, larger));
      if (kept?.state !== "there") continue;
      const { naturalWidth, naturalHeight } = kept.image;
      const [w, h] = [naturalWidth / parts, naturalHeight / parts];
      const [across, down] = [at.x - larger.x * parts, at.y - larger.y * parts];
      context.drawImage(kept.image, across * w, down * h, w, h, x, y, width, height);
      return;
    }
  }
}
