// Uploads by tus 1.0: bytes and headers, which the generated client does not speak.
import { type Outcome, settle } from "./client";
import type { Upload } from "./types";

const FOLDER = "/inbox/v1/uploads";
const VERSION = { "Tus-Resumable": "1.0.0" };
/** Milliseconds after which a chunk counts as lost: 4 MiB over a slow line take their time. */
const CHUNK_PATIENCE_MS = 90_000;
const PATIENCE_MS = 20_000;

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const at = (id: string) => `${FOLDER}/${encodeURIComponent(id)}`;

/** Asks; an answer without the version of tus is not ours. */
async function ask<T>(
  address: string,
  init: RequestInit,
  read: (response: Response) => T | Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<Outcome<T>> {
  const asking = async () => {
    const limit = AbortSignal.timeout(patienceMs);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    const options = { credentials: "same-origin", cache: "no-store", ...init, signal } as const;
    const response = await fetch(address, options);
    if (response.ok) return { data: await read(response), response };
    return { error: await response.json().catch(() => null), response };
  };
  return settle<T>(asking());
}

const offsetOf = (response: Response): number => {
  const told = response.headers.get("upload-offset");
  const offset = Number(told);
  if (told === null || !Number.isSafeInteger(offset)) throw new Error("an answer of tus says how far it is");
  return offset;
};

/** What an upload asks of the server, one method for each request. No method throws. */
export const uploads = {
  /** Begins an upload or finds it again; answers how many bytes are there. */
  begin: (id: string, bytes: number, sha256: string, name: string, signal: AbortSignal) => {
    const told = { id, sha256, ...(name ? { filename: name } : {}) };
    const metadata = Object.entries(told).map(([key, value]) => `${key} ${base64(value)}`);
    const headers = { ...VERSION, "Upload-Length": `${bytes}`, "Upload-Metadata": metadata.join(",") };
    return ask(FOLDER, { method: "POST", headers, signal }, offsetOf);
  },
  append: (id: string, offset: number, chunk: Blob, signal: AbortSignal) => {
    const headers = {
      ...VERSION,
      "Upload-Offset": `${offset}`,
      "Content-Type": "application/offset+octet-stream",
    };
    return ask(at(id), { method: "PATCH", headers, body: chunk, signal }, offsetOf, CHUNK_PATIENCE_MS);
  },
  status: (id: string, signal: AbortSignal) =>
    ask(at(id), { signal }, async (response) => (await response.json()) as Upload),
  giveUp: (id: string) => ask(at(id), { method: "DELETE", headers: VERSION }, () => null),
};

export type UploadsApi = typeof uploads;
