// Tells the service worker which files it keeps, and a version that changes when one of them does.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What few pages ask for and weighs more than all the rest: the worker keeps it once it was asked for, not before. */
const late = /^\/assets\/atlas-.*\.json$/;

const dist = new URL("../dist/", import.meta.url).pathname;
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `/${relative(dist, join(entry.parentPath, entry.name))}`)
  .filter((file) => file !== "/sw.js" && !/\.(br|map)$/.test(file))
  .sort();
const hash = createHash("sha256");
for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(dist, file)));
const script = join(dist, "sw.js");
const code = readFileSync(script, "utf8");
hash.update(code);
const told = {
  version: hash.digest("hex").slice(0, 16),
  files: files.filter((file) => !late.test(file)),
  late: files.filter((file) => late.test(file)),
};
if (told.late.length === 0) throw new Error("the file of the map was not found");
writeFileSync(script, `self.TIDINGS=${JSON.stringify(told)};\n${code}`);
