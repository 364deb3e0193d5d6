// Draws public/icon-*.png from public/icon.svg with Chromium: `node build/icons.mjs`. Run it when the mark changes.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const folder = new URL("../public/", import.meta.url).pathname;
const svg = readFileSync(`${folder}icon.svg`, "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
// A maskable icon is cut to any shape: its ground reaches the edges, the mark keeps to the middle 80 %.
for (const [name, size, ground, mark] of [
  ["icon-180", 180, "#1c5d57", 0.82],
  ["icon-192", 192, "transparent", 1],
  ["icon-512", 512, "transparent", 1],
  ["icon-maskable-512", 512, "#1c5d57", 0.74],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const box = Math.round(size * mark);
  await page.setContent(
    `<body style="margin:0;display:grid;place-items:center;height:100vh;background:${ground}"><div style="width:${box}px;height:${box}px">${svg}</div></body>`,
  );
  await page.addStyleTag({ content: "svg{width:100%;height:100%;display:block}" });
  await page.screenshot({ path: `${folder}${name}.png`, omitBackground: true });
  await page.close();
}
await browser.close();
