import type { Outcome } from "../api/client";
import type { Attachment } from "../api/types";
import type { UploadsApi } from "../api/uploads";
import { backoff, type Random } from "./backoff";

/** What became of an upload. `unreadable`: the browser cannot read the file any more. */
export type Uploaded =
  | { kind: "complete"; attachment: Attachment }
  | { kind: "refused"; code: string }
  | { kind: "signed_out" }
  | { kind: "given_up" };

export interface TusWorld {
  api: UploadsApi;
  random: Random;
  /** Milliseconds that only grow. */
  elapsed: () => number;
  /** Resolves after so long, or as soon as there is hope again. */
  pause: (ms: number) => Promise<void>;
  sha256: (bytes: Blob) => Promise<string>;
}

export interface TusEvents {
  /** So many bytes are safe on the server. */
  progress(sent: number): void;
  /** Nothing goes through at the moment; it goes on by itself. */
  stuck(): void;
}

const FIRST_CHUNK = 256 * 1024;
const LEAST_CHUNK = 128 * 1024;
const MOST_CHUNK = 4 * 1024 * 1024;
/** Chunks grow until one takes about so long: often enough for a bar that moves, seldom enough for a fast line. */
const CHUNK_MS = 1_000;
/** Between two questions whether a file that is there has been looked at. */
const LOOK_MS = 700;

/** Sends one file, from where an earlier try ended, for as long as it takes. */
export async function upload(
  file: { id: string; name: string; blob: Blob },
  world: TusWorld,
  events: TusEvents,
  signal: AbortSignal,
): Promise<Uploaded> {
  let sum: string;
  try {
    sum = await world.sha256(file.blob);
  } catch {
    return { kind: "refused", code: "unreadable" };
  }
  const { api } = world;
  const total = file.blob.size;
  let chunk = FIRST_CHUNK;
  let failures = 0;
  // Where the server ends is asked for at the beginning and after everything that went another way than expected.
  let offset: number | null = null;
  const take = async (outcome: Outcome<unknown>): Promise<Uploaded | "again"> => {
    if (signal.aborted) return { kind: "given_up" };
    if (outcome.kind === "signed_out") return outcome;
    if (outcome.kind === "refused") {
      const { code } = outcome.problem;
      if (code !== "offset_conflict" && code !== "checksum_mismatch") return { kind: "refused", code };
    }
    offset = null;
    failures++;
    // Somebody else sent the same chunk: nothing to wait for the first time.
    if (outcome.kind === "lost" || failures > 1) {
      events.stuck();
      const wait = outcome.kind === "lost" ? outcome.retryAfterMs : null;
      await world.pause(wait ?? backoff(failures, world.random));
    }
    return "again";
  };
  for (;;) {
    if (signal.aborted) return { kind: "given_up" };
    if (offset === null) {
      const begun = await api.begin(file.id, total, sum, file.name, signal);
      if (begun.kind !== "done") {
        const became = await take(begun);
        if (became !== "again") return became;
        continue;
      }
      offset = begun.value;
      events.progress(offset);
    } else if (offset < total) {
      const from = world.elapsed();
      const appended = await api.append(file.id, offset, file.blob.slice(offset, offset + chunk), signal);
      if (appended.kind !== "done") {
        const became = await take(appended);
        if (became !== "again") return became;
        chunk = Math.max(LEAST_CHUNK, chunk / 2);
        continue;
      }
      if (world.elapsed() - from < CHUNK_MS / 2) chunk = Math.min(MOST_CHUNK, chunk * 2);
      failures = 0;
      offset = appended.value;
      events.progress(offset);
    } else {
      const status = await api.status(file.id, signal);
      if (status.kind !== "done") {
        const became = await take(status);
        if (became !== "again") return became;
        continue;
      }
      const { state, attachment } = status.value;
      if (state === "complete" && attachment) return { kind: "complete", attachment };
      if (state === "refused") return { kind: "refused", code: "file_refused" };
      if (state === "receiving") offset = null;
      else await world.pause(LOOK_MS);
    }
  }
}

/** As the server asks for it: 64 hexadecimal digits. */
export async function sha256(bytes: Blob): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer());
  return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
