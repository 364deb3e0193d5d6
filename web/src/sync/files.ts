import type { KeptFile } from "./storage";

/** How far a file is. `missing`: a page was left before its bytes could be kept; they have to be chosen again. */
export type Progress =
  | { name: "sending"; sent: number }
  | { name: "stuck"; sent: number }
  | { name: "complete" }
  | { name: "refused"; code: string }
  | { name: "missing" };

/** A file that an agent attached, and how far it is. */
export interface DraftFile extends Omit<KeptFile, "blob"> {
  progress: Progress;
}

/** Why a file was not even begun. */
export type FileFault = { name: string; why: "too_large" | "photo_too_large" | "empty" | "too_many" };

/** `limits.rs`: bytes of a file; files of a message are ten with its words, which are one part of it. */
export const FILE_BYTES = 100 * 1024 * 1024;
export const FILES = 9;
/** So are bytes of a picture, which the server decodes: fewer. It looks inside and says so last, here its name must do. */
export const PHOTO_BYTES = 32 * 1024 * 1024;
const PHOTOS = ["image/jpeg", "image/png", "image/webp"];
/** Bytes of a name, in UTF-8. */
const NAME_BYTES = 255;
const utf8 = new TextEncoder();

/** Why the server would not take a file once all of it is there. */
export function faultOf({ size, type }: { size: number; type: string }): FileFault["why"] | null {
  if (size === 0) return "empty";
  if (size > FILE_BYTES) return "too_large";
  return size > PHOTO_BYTES && PHOTOS.includes(type) ? "photo_too_large" : null;
}

/** What a name keeps when it is too long for the server: its beginning, and what tells its kind. */
export function shortened(name: string): string {
  if (utf8.encode(name).length <= NAME_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const end = dot > 0 && utf8.encode(name.slice(dot)).length <= 16 ? name.slice(dot) : "";
  let start = [...name.slice(0, end ? dot : undefined)];
  while (utf8.encode(start.join("") + end).length > NAME_BYTES) start = start.slice(0, -1);
  return start.join("") + end;
}
