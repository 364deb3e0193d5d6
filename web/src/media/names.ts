/** What a file is, by the type that the server found in it; its name may say anything. */
const KINDS = [
  [/^application\/pdf$/, "pdf"],
  [/^image\//, "image"],
  [/^video\//, "video"],
  [/^audio\//, "audio"],
  [/^text\/(csv|calendar|vcard|html|xml)$/, "data"],
  [/^text\//, "text"],
  [/spreadsheet|excel/, "sheet"],
  [/presentation|powerpoint/, "slides"],
  [/wordprocessing|msword|opendocument\.text|rtf|epub/, "document"],
  [/zip|compressed|tar|7z|rar|gzip|bzip/, "archive"],
] as const;

export type FileKind = (typeof KINDS)[number][1] | "other";

export const kindOf = (mediaType: string): FileKind =>
  KINDS.find(([pattern]) => pattern.test(mediaType))?.[1] ?? "other";

/** Marks that turn the order of letters around, so that `fdp.exe` reads as `exe.pdf`, and what cannot be seen at all. */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;

/** A file's name as it is: whoever chose it cannot make it look like another. */
export const plainName = (name: string | null | undefined): string => (name ?? "").replace(HIDDEN, "").trim();
