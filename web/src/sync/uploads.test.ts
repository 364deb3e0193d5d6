import { expect, test } from "vitest";
import type { Outcome } from "../api/client";
import type { Attachment, Problem, Upload } from "../api/types";
import type { UploadsApi } from "../api/uploads";
import { FILES, faultOf, PHOTO_BYTES, shortened } from "./files";
import { randomOf } from "./sample";
import { Signals } from "./signals";
import { MemoryStorage } from "./storage";
import { sha256 } from "./tus";
import { Uploads } from "./uploads";

const refused = (code: string): Outcome<never> => ({
  kind: "refused",
  problem: { code, title: code, type: "about:blank", status: 422 } as Problem,
});
const LOST: Outcome<never> = { kind: "lost", retryAfterMs: 0 };

/** A server that takes chunks in order, and loses requests and answers as chance has it. */
class FlakyTus {
  readonly files = new Map<string, { length: number; bytes: Blob; sum: string }>();
  readonly givenUp: string[] = [];
  refuses: string | null = null;
  begun = 0;

  constructor(private readonly random: () => number) {}

  private isLost = () => this.random() < 0.25;
  private flaky<T>(make: () => Outcome<T>): Promise<Outcome<T>> {
    if (this.isLost()) return Promise.resolve(LOST);
    const answer = make();
    return Promise.resolve(this.isLost() ? LOST : answer);
  }

  readonly api: UploadsApi = {
    begin: (id, length, sum) =>
      this.flaky(() => {
        this.begun++;
        if (this.refuses) return refused(this.refuses);
        const file = this.files.get(id) ?? { length, bytes: new Blob(), sum };
        this.files.set(id, file);
        return { kind: "done", value: file.bytes.size };
      }),
    append: (id, offset, chunk) =>
      this.flaky(() => {
        const file = this.files.get(id);
        if (!file) return refused("not_found");
        if (file.bytes.size !== offset) return refused("offset_conflict");
        file.bytes = new Blob([file.bytes, chunk]);
        return { kind: "done", value: file.bytes.size };
      }),
    status: (id) =>
      this.flaky(() => {
        const file = this.files.get(id);
        if (!file) return refused("not_found");
        const isWhole = file.bytes.size === file.length;
        const attachment = { attachment_id: id, bytes: file.length, media_type: "text/plain" } as Attachment;
        const upload = isWhole ? { state: "complete", attachment } : { state: "receiving" };
        return { kind: "done", value: upload as Upload };
      }),
    giveUp: async (id) => {
      this.givenUp.push(id);
      return { kind: "done", value: null };
    },
  };
}

function scene(seed = 1, storage = new MemoryStorage()) {
  const random = randomOf(seed);
  const tus = new FlakyTus(random);
  const told: string[] = [];
  let count = 0;
  const make = (api = tus.api) =>
    new Uploads(
      {
        api,
        storage,
        random: () => 0,
        elapsed: () => 0,
        newId: () => `att ${++count}`,
        sha256,
        alone: (_, task) => task(),
      },
      new Signals((task) => task()),
      {
        complete: (id) => told.push(`complete ${id}`),
        refused: (id, code) => told.push(`${code} ${id}`),
        signedOut: () => told.push("signed out"),
      },
    );
  return { tus, told, storage, make, uploads: make() };
}

const fileOf = (name: string, bytes = 700_000, type = "text/plain") =>
  new File([Uint8Array.from({ length: bytes }, (_, place) => (place * 31) % 251)], name, { type });

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; !check(); tries++) {
    if (tries > 2_000) throw new Error("it never came to that");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

test("whatever the network does, each file is whole on the server, byte by byte", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const { tus, told, uploads } = scene(seed);
    const files = [fileOf("a", 300_000), fileOf("b", 1), fileOf("c", 900_001)];
    uploads.add("x", files);
    await until(() => told.length === 3);
    expect(told.toSorted()).toEqual(["complete att 1", "complete att 2", "complete att 3"]);
    for (const [place, file] of files.entries()) {
      const there = tus.files.get(`att ${place + 1}`);
      expect(there?.sum).toBe(await sha256(file));
      expect(await sha256(there?.bytes ?? new Blob())).toBe(await sha256(file));
    }
    expect(uploads.inDraft("x").map(({ progress }) => progress.name)).toEqual(Array(3).fill("complete"));
  }
});

test("what one page began, the next one goes on with, from where it ended", async () => {
  const { tus, told, make } = scene(3);
  // The first page is left after one chunk.
  let chunks = 0;
  const first = make({
    ...tus.api,
    append: (...all) => (chunks++ < 1 ? tus.api.append(...all) : new Promise(() => {})),
  });
  first.add("x", [fileOf("a")]);
  await until(() => chunks > 1);
  first.stop();
  expect(tus.files.get("att 1")?.bytes.size).toBeGreaterThan(0);
  const next = make();
  await next.load(new Set(), () => false);
  expect(next.inDraft("x").map(({ name }) => name)).toEqual(["a"]);
  await until(() => told.includes("complete att 1"));
  expect(tus.files.get("att 1")?.bytes.size).toBe(700_000);
});

test("a file whose bytes the browser had no room for is said to be missing by the next page", async () => {
  const storage = new MemoryStorage();
  const put = storage.putFile.bind(storage);
  storage.putFile = (file) => (file.blob ? Promise.reject(new Error("quota")) : put(file));
  const { uploads, make, told } = scene(1, storage);
  uploads.add("x", [fileOf("large.mov")]);
  await until(() => told.length > 0);
  uploads.stop();
  const next = make();
  await next.load(new Set(), () => false);
  expect(next.inDraft("x")).toMatchObject([{ name: "large.mov", progress: { name: "missing" } }]);
});

test("what cannot be sent is said before a byte of it goes", () => {
  const { uploads } = scene();
  const huge = { name: "film.mov", size: 101 * 1024 * 1024, type: "video/mp4" } as File;
  const photo = { name: "view.jpg", size: PHOTO_BYTES + 1, type: "image/jpeg" } as File;
  uploads.add("x", [huge, photo, fileOf("nothing", 0), fileOf("fine", 10)]);
  expect(uploads.faults("x")).toEqual([
    { name: "film.mov", why: "too_large" },
    { name: "view.jpg", why: "photo_too_large" },
    { name: "nothing", why: "empty" },
  ]);
  uploads.add(
    "x",
    Array.from({ length: FILES }, (_, place) => fileOf(`${place}`, 10)),
  );
  expect(uploads.faults("x")).toEqual([{ name: `${FILES - 1}`, why: "too_many" }]);
  expect(uploads.inDraft("x").length).toBe(FILES);
});

test("only what the server decodes has the limit of photos", () => {
  expect(faultOf({ size: PHOTO_BYTES, type: "image/png" })).toBeNull();
  expect(faultOf({ size: PHOTO_BYTES + 1, type: "image/webp" })).toBe("photo_too_large");
  expect(faultOf({ size: PHOTO_BYTES + 1, type: "image/gif" })).toBeNull();
  expect(faultOf({ size: PHOTO_BYTES + 1, type: "video/mp4" })).toBeNull();
});

test("a refused file says why, and is tried again when asked", async () => {
  const { tus, told, uploads } = scene(2);
  tus.refuses = "limit_reached";
  uploads.add("x", [fileOf("a", 100)]);
  await until(() => told.length === 1);
  expect(uploads.inDraft("x")[0]?.progress).toEqual({ name: "refused", code: "limit_reached" });
  tus.refuses = null;
  uploads.retry("att 1");
  await until(() => told.includes("complete att 1"));
});

test("files go with a reply, come back with it, and are forgotten when it is there", async () => {
  const { storage, uploads, told, tus } = scene();
  uploads.add("x", [fileOf("a", 10), fileOf("b", 10)]);
  await until(() => told.length === 2);
  uploads.claim(["att 1", "att 2"], "msg 1");
  expect(uploads.inDraft("x")).toEqual([]);
  uploads.release(["att 1", "att 2"]);
  expect(uploads.inDraft("x").map(({ name }) => name)).toEqual(["a", "b"]);
  uploads.remove(["att 2"]);
  expect(tus.givenUp).toEqual(["att 2"]);
  uploads.claim(["att 1"], "msg 1");
  uploads.sent(["att 1"]);
  expect(tus.givenUp).toEqual(["att 2"]);
  await until(() => uploads.file("att 1") === undefined);
  expect(await storage.files()).toEqual([]);
});

test("files of a reply that is through are not taken up again", async () => {
  const { storage, make } = scene();
  const kept = { conversation: "x", name: "a", bytes: 1, mediaType: "", order: 1, blob: new Blob(["a"]) };
  await storage.putFile({ ...kept, id: "att sent", reply: "msg gone" });
  await storage.putFile({ ...kept, id: "att ours", reply: "msg ours" });
  await storage.putFile({ ...kept, id: "att theirs", reply: "msg theirs" });
  const uploads = make();
  await uploads.load(new Set(["msg ours", "msg theirs"]), (reply) => reply === "msg ours");
  expect(uploads.file("att ours")).toBeDefined();
  expect(uploads.file("att theirs")).toBeUndefined();
  expect((await storage.files()).map(({ id }) => id)).toEqual(["att ours", "att theirs"]);
});

test("a file that another tab sent or took out of the draft leaves the draft of this one, and nothing else does", async () => {
  const { storage, make, uploads: here, told, tus } = scene();
  const again = () => here.load(new Set(["msg theirs"]), () => false);
  here.add("x", [fileOf("sent", 10), fileOf("taken out", 10), fileOf("stays", 10)]);
  await until(() => told.length === 3);
  const there = make();
  await there.load(new Set(), () => false);
  there.claim(["att 1"], "msg theirs");
  const [sent] = (await storage.files()).filter(({ id }) => id === "att 1");
  if (sent) await storage.putFile({ ...sent, reply: "msg theirs" });
  there.remove(["att 2"]);
  await again();
  expect(here.inDraft("x").map(({ name }) => name)).toEqual(["stays"]);
  // It is the other tab's, with its bytes: neither the database nor the server forgets it.
  expect((await storage.files()).map(({ id }) => id)).toEqual(["att 1", "att 3"]);
  expect(tus.givenUp).toEqual(["att 2"]);
  // What the browser has no room for, or is storing at this moment, stands nowhere else.
  storage.putFile = () => Promise.reject(new Error("quota"));
  const asked = again();
  here.add("x", [fileOf("without room", 10)]);
  await asked;
  await again();
  expect(here.inDraft("x").map(({ name }) => name)).toEqual(["stays", "without room"]);
  here.stop();
});

test("a long name keeps what tells its kind", () => {
  const name = `${"é".repeat(200)}.pdf`;
  const short = shortened(name);
  expect(new TextEncoder().encode(short).length).toBeLessThanOrEqual(255);
  expect(short.endsWith("é.pdf")).toBe(true);
  expect(shortened("a.pdf")).toBe("a.pdf");
});
