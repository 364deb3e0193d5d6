import type { Attachment } from "../api/types";

/** A picture that the server has made anew: it has a size, a placeholder and smaller forms. */
export type Picture = Attachment & { width: number; height: number };

/** What comes without a type, from a later version, is a file of no known kind. */
export const isPicture = (file: Attachment): file is Picture =>
  (file.media_type as string | undefined)?.startsWith("image/") === true &&
  (file.width ?? 0) > 0 &&
  (file.height ?? 0) > 0;

/** The box that one picture of a message stands in, in CSS pixels. */
const LONGEST = { width: 340, height: 380 };
const SHORTEST = 88;

/** The size at which one picture is shown, known before anything of it is fetched; what is very long or high is cut. */
export function sizeOf({ width, height }: { width: number; height: number }) {
  const scale = Math.min(1, LONGEST.width / width, LONGEST.height / height);
  const within = (pixels: number, most: number) =>
    Math.min(most, Math.max(SHORTEST, Math.round(pixels * scale)));
  return { width: within(width, LONGEST.width), height: within(height, LONGEST.height) };
}

/** Several stand in a grid of squares. */
export const GRID = { gap: 4, width: 340 };

export const columnsOf = (count: number): number => (count === 2 || count === 4 ? 2 : 3);

/** How high the pictures of a message are together, for lines that were never drawn. */
export function heightOf(pictures: readonly Picture[]): number {
  const [only] = pictures;
  if (!only) return 0;
  if (pictures.length === 1) return sizeOf(only).height;
  const columns = columnsOf(pictures.length);
  const rows = Math.ceil(pictures.length / columns);
  const side = (GRID.width - GRID.gap * (columns - 1)) / columns;
  return Math.round(rows * side + (rows - 1) * GRID.gap);
}
