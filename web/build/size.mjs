// Fails when what a browser loads first, or with the interactive map, is larger than budget.json allows.
import { readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";

const root = new URL("../", import.meta.url);
const budget = JSON.parse(readFileSync(new URL("budget.json", root), "utf8"));
const html = readFileSync(new URL("dist/index.html", root), "utf8");

/** The script of the page, all it imports statically, and the largest language: that is the first load. */
function scripts() {
  const found = new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]));
  for (const file of found) {
    const code = readFileSync(new URL(`dist/${file}`, root), "utf8");
    for (const match of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
      found.add(`assets/${match[1]}`);
  }
  const languages = [...found].flatMap((file) => {
    const code = readFileSync(new URL(`dist/${file}`, root), "utf8");
    return [...code.matchAll(/\.\/((?:en|fr)-[^"`']+\.js)/g)].map((match) => `assets/${match[1]}`);
  });
  if (languages.length < 2) throw new Error("the languages' scripts were not found");
  languages.sort((a, b) => weigh(b) - weigh(a));
  found.add(languages[0]);
  return [...found];
}

const weigh = (file) => brotliCompressSync(readFileSync(new URL(`dist/${file}`, root))).length;
const styles = [...html.matchAll(/href="\/(assets\/[^"]+\.css)"/g)].map((match) => match[1]);
const sum = (files) => files.reduce((total, file) => total + weigh(file), 0);

/** What the first map of a page brings: its script and the map itself, but what other dialogs have fetched before. */
const assets = readdirSync(new URL("dist/assets/", root));
const map = ["mapdialog-.*\\.js", "atlas-.*\\.json"].map((pattern) => {
  const file = assets.find((name) => new RegExp(`^${pattern}$`).test(name));
  if (!file) throw new Error(`no file like ${pattern}`);
  return `assets/${file}`;
});

let failed = false;
for (const [what, bytes, limit] of [
  ["first load, JavaScript", sum(scripts()), budget.first_load_js_br_bytes],
  ["first load, CSS", sum(styles), budget.first_load_css_br_bytes],
  ["interactive map", sum(map), budget.map_br_bytes],
]) {
  const good = bytes > 0 && bytes <= limit;
  failed ||= !good;
  console.log(`${good ? "ok  " : "FAIL"} ${what}: ${bytes} of ${limit} bytes (Brotli)`);
}
if (process.argv.includes("--json"))
  console.log(
    JSON.stringify({ js_br: sum(scripts()), css_br: sum(styles), map_br: sum(map), is_within: !failed }),
  );
process.exit(failed ? 1 : 0);
