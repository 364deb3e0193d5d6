import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateSync } from "node:zlib";
import type { Locator, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { mapWords } from "../src/map/words";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
import {
  expectAccessible,
  goTo,
  openConversation,
  openPage,
  picture,
  signIn,
  until,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";
import { Server } from "./harness/server";

const PARIS = { type: "location", latitude: 48.8566, longitude: 2.3522, label: "Rue de Rivoli, Paris" };
const measured_at = "2026-11-20T09:30:00Z";
let phone: Phone;
let conversation: string;

setTheScene("ana");
beforeAll(async () => {
  phone = await Phone.signInAs(server, { sub: "m-1", name: "Inès Laurent", email: "ines@example.fr" });
  conversation = await phone.open("Where to pick up?");
  await phone.send(conversation, [{ ...PARIS, accuracy_m: 12, measured_at }]);
  await phone.write(conversation, "In front of the door.");
});

type Opened = { page: Page; complaints: string[]; asked: string[]; card: Locator; dialog: Locator };

async function opened(at: Server, thread: string, options = {}): Promise<Opened> {
  const it = await openPage(browser, options);
  const asked: string[] = [];
  it.page.on("request", (request) => asked.push(request.url()));
  await signIn(it.page, at, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, thread);
  await it.page.locator("[data-place] svg[data-world]").first().waitFor();
  const card = it.page.locator("[data-place]").first();
  return { ...it, asked, card, dialog: it.page.locator("dialog[open]") };
}

/** Looks at the card's map by the keyboard, until the map has come. */
async function look({ page, card, dialog }: Opened, name: string): Promise<Locator> {
  await card.getByRole("button", { name }).focus();
  await page.keyboard.press("Enter");
  await dialog.locator("[data-map]").waitFor();
  const area = dialog.getByRole("application");
  await dialog.locator("[data-atlas]").waitFor();
  await dialog.locator("[data-scale]").waitFor();
  return area;
}

const scaleOf = (dialog: Locator) => dialog.locator("[data-scale]").getAttribute("data-scale");
/** What the canvas shows, as a number that changes when it does. */
const drawn = (dialog: Locator): Promise<number> =>
  dialog.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let sum = 7;
    for (let at = 0; at < pixels.length; at += 16) sum = (sum * 31 + (pixels[at] ?? 0)) % 4_294_967_291;
    return sum;
  });

/** Whether the canvas shows a colour, in a tenth of its pixels at least. */
const shows = (dialog: Locator, colour: readonly number[]): Promise<boolean> =>
  dialog.locator("canvas").evaluate((canvas: HTMLCanvasElement, [red, green, blue]) => {
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let count = 0;
    for (let at = 0; at < pixels.length; at += 4)
      if (pixels[at] === red && pixels[at + 1] === green && pixels[at + 2] === blue) count += 1;
    return count > pixels.length / 40;
  }, colour);

// The colours of sea and land, as theme/tokens.css has them.
for (const [colorScheme, words, locale, language, sea, land] of [
  ["light", en, "en-GB", "en", [0xe3, 0xec, 0xf0], [0xf6, 0xf3, 0xec]],
  ["dark", fr, "fr-FR", "fr", [0x1a, 0x22, 0x26], [0x2b, 0x2a, 0x26]],
] as const)
  test(`a place is looked at closer, and nobody else hears of it, ${colorScheme}, ${language}`, async () => {
    const it = mapWords[language];
    const scene = await opened(server, conversation, { colorScheme, locale });
    const { page, dialog, asked, complaints } = scene;
    expect(asked.filter((address) => /atlas|mapdialog/.test(address))).toEqual([]);
    const area = await look(scene, words.map.look("Rue de Rivoli, Paris"));
    expect(asked.filter((address) => address.includes("atlas-")).length).toBe(1);
    await page.getByRole("dialog", { name: it.title("Rue de Rivoli, Paris") }).waitFor();
    await dialog.getByText("48.85660, 2.35220").waitFor();
    await dialog.locator("[data-near]").getByText("Paris").waitFor();
    await dialog.getByText(it.offline).waitFor();
    await picture(page, `${colorScheme}-${language}-map`);
    await expectAccessible(page, "map");
    expect([await shows(dialog, sea), await shows(dialog, land)]).toEqual([true, true]);
    // Everything by the keyboard: the map has the focus, goes nearer, aside, and back.
    await until(async () => expect(await area.evaluate((it) => it === document.activeElement)).toBe(true));
    const far = await scaleOf(dialog);
    const before = await drawn(dialog);
    await page.keyboard.press("+");
    await until(async () => expect(await scaleOf(dialog)).not.toBe(far));
    for (let presses = 0; presses < 10; presses++) await page.keyboard.press("+");
    await dialog.getByText(it.deep).waitFor();
    await until(async () => expect(await scaleOf(dialog)).toMatch(/^\d+ (meter|foot)$/));
    await picture(page, `${colorScheme}-${language}-map-near`);
    await page.keyboard.press("0");
    await until(async () => expect(await drawn(dialog)).toBe(before));
    await page.keyboard.press("ArrowLeft");
    await until(async () => expect(await drawn(dialog)).not.toBe(before));
    await dialog.getByRole("button", { name: it.back }).click();
    await until(async () => expect(await drawn(dialog)).toBe(before));
    // Another theme meanwhile: it is drawn anew.
    await page.emulateMedia({ colorScheme: colorScheme === "light" ? "dark" : "light" });
    await until(async () => expect(await drawn(dialog)).not.toBe(before));
    await page.emulateMedia({ colorScheme });
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    expect(await focused()).toBe(words.map.look("Rue de Rivoli, Paris"));
    expect(asked.filter((address) => !address.startsWith(server.url))).toEqual([]);
    // Neither does our own server: no address has a coordinate in it.
    expect(asked.filter((address) => /48\.8|2\.35/.test(address))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

test("its coordinates are copied, and it opens in the map that the operator chose", async () => {
  const permissions = ["clipboard-read", "clipboard-write"];
  const scene = await opened(server, conversation, { permissions, reducedMotion: "reduce" });
  const { page, dialog, complaints } = scene;
  await look(scene, en.map.look("Rue de Rivoli, Paris"));
  await dialog.getByRole("button", { name: en.map.copy }).click();
  await dialog.getByText(en.map.copied).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("48.856600, 2.352200");
  const link = dialog.getByRole("link", { name: en.map.open });
  expect(await link.getAttribute("href")).toContain("mlat=48.856600&mlon=2.352200");
  // The wheel goes nearer, the hand drags; nobody's page is scrolled or made larger.
  const box = await dialog.locator("canvas").boundingBox();
  if (!box) throw new Error("no map");
  const far = await scaleOf(dialog);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.wheel(0, -600);
  await until(async () => expect(await scaleOf(dialog)).not.toBe(far));
  const before = await drawn(dialog);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 90, box.y + box.height / 2 + 40, { steps: 4 });
  await page.mouse.up();
  await until(async () => expect(await drawn(dialog)).not.toBe(before));
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("on a narrow screen and with letters twice as large nothing is cut off", async () => {
  const scene = await opened(server, conversation, { viewport: { width: 320, height: 640 } });
  const { page, dialog, complaints } = scene;
  await look(scene, en.map.look("Rue de Rivoli, Paris"));
  await picture(page, "320-map");
  await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
  const wide = () =>
    dialog
      .locator("[data-map]")
      .evaluate((it) =>
        Math.max(it.scrollWidth - it.clientWidth, document.documentElement.scrollWidth - 320),
      );
  expect(await wide()).toBeLessThanOrEqual(0);
  await picture(page, "320-map-200");
  await dialog.getByText(mapWords.en.offline).scrollIntoViewIfNeeded();
  await expectAccessible(page, "map, 320, 200 %");
  await dialog.getByRole("button", { name: mapWords.en.close }).click();
  await dialog.waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a place that moves takes its map along, and with the end there is none", async () => {
  const thread = await phone.open("Where is the van?");
  const message = await phone.send(thread, [{ type: "live_location", for_s: 900 }]);
  await phone.move(message, { number: 1, latitude: 48.8566, longitude: 2.3522, accuracy_m: 12 });
  const scene = await opened(server, thread);
  const { page, dialog, complaints } = scene;
  await look(scene, en.map.look(en.part.live));
  for (let presses = 0; presses < 6; presses++) await page.keyboard.press("+");
  await dialog.getByText(en.map.liveNow).waitFor();
  await new Promise((soon) => setTimeout(soon, 5_000));
  await phone.move(message, { number: 2, latitude: 48.8588, longitude: 2.357, accuracy_m: 9 });
  await dialog.getByText("48.85880, 2.35700").waitFor();
  await dialog.locator("[data-trail]").getByText("1").waitFor();
  await picture(page, "light-en-map-live");
  await phone.endPlace(message);
  await dialog.getByText(mapWords.en.over).waitFor();
  expect(await page.content()).not.toContain("48.85880");
  expect(await page.content()).not.toContain("48.85660");
  await picture(page, "light-en-map-live-ended");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  // The card is gone: the keyboard goes on in the thread.
  await until(async () => expect(await page.evaluate(() => document.activeElement?.id)).toBe("thread"));
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a map that does not come leaves the place, and can be asked for again", async () => {
  const scene = await opened(server, conversation);
  const { page, dialog, card } = scene;
  await page.route("**/atlas-*.json", (route) => route.abort());
  await card.getByRole("button", { name: en.map.look("Rue de Rivoli, Paris") }).click();
  await dialog.getByText(mapWords.en.noMap).waitFor();
  await dialog.getByText("48.85660, 2.35220").waitFor();
  await picture(page, "light-en-map-lost");
  await page.unroute("**/atlas-*.json");
  await dialog.getByRole("button", { name: mapWords.en.again }).click();
  await dialog.locator("[data-atlas]").waitFor();
  await page.context().close();
});

test("the worker keeps the map once somebody has looked at one, and not before", async () => {
  const scene = await opened(server, conversation, { serviceWorkers: "allow" });
  const { page } = scene;
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.locator("[data-place] svg[data-world]").first().waitFor();
  const kept = () =>
    page.evaluate(async () => {
      const names = await caches.keys();
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().filter(({ url }) => url.includes("atlas-") && url.endsWith(".json")).length;
    });
  expect(await kept()).toBe(0);
  await look(scene, en.map.look("Rue de Rivoli, Paris"));
  await until(async () => expect(await kept()).toBe(1));
  await page.context().close();
});

/** A tile of one colour, as PNG. */
function tile(): Buffer {
  const crc = (bytes: Buffer): Buffer => {
    let sum = 0xffffffff;
    for (const byte of bytes) {
      sum ^= byte;
      for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    const out = Buffer.alloc(4);
    out.writeUInt32BE(~sum >>> 0);
    return out;
  };
  const chunk = (type: string, data: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const named = Buffer.concat([Buffer.from(type), data]);
    return Buffer.concat([length, named, crc(named)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(256, 0);
  head.writeUInt32BE(256, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(256 * 3, Buffer.from([200, 120, 40]))]);
  const border = Buffer.concat([Buffer.from([0]), Buffer.alloc(256 * 3, Buffer.from([120, 60, 10]))]);
  const rows = Buffer.concat([border, ...Array.from({ length: 255 }, () => row)]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

test("with the operator's tiles the page may ask their host for pictures, and nobody else", async () => {
  const tiles: string[] = [];
  const referrers = new Set<string | undefined>();
  let answers = true;
  const host: HttpServer = createServer((request, response) => {
    tiles.push(request.url ?? "");
    referrers.add(request.headers.referer);
    response.writeHead(answers ? 200 : 503, { "content-type": "image/png" }).end(answers ? tile() : "");
  });
  await new Promise<void>((ready) => host.listen(0, "127.0.0.1", ready));
  const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  const mapped = await Server.prepare(() => {}, [
    "[map_tiles]",
    `address = "${origin}/{z}/{x}/{y}.png"`,
    'credit = "© Example Maps"',
    "deepest = 17",
  ]);
  try {
    mapped.addAgent("Ana Moreau", "ana@example.com");
    const there = await Phone.signInAs(mapped, { sub: "m-2", name: "Inès Laurent" });
    const thread = await there.open("Where?");
    await there.send(thread, [{ ...PARIS, accuracy_m: 12, measured_at }]);
    const policy = (await fetch(mapped.address)).headers.get("content-security-policy") ?? "";
    expect(policy).toContain(`img-src 'self' ${origin} data: blob:;`);
    const scene = await opened(mapped, thread, { colorScheme: "dark" });
    const { page, dialog, asked, complaints } = scene;
    // The still map asks nobody, now as before.
    expect(tiles).toEqual([]);
    await look(scene, en.map.look("Rue de Rivoli, Paris"));
    await until(() => expect(tiles.length).toBeGreaterThan(5));
    // Around the place, as deep as a street; and no coordinate but those numbers.
    expect(tiles).toContain("/16/33196/22546.png");
    expect([...referrers]).toEqual([`${mapped.url}/`]);
    await dialog.getByText(mapWords.en.tiles("© Example Maps", new URL(origin).host)).waitFor();
    await picture(page, "dark-en-map-tiles");
    await expectAccessible(page, "map with tiles");
    const foreign = asked.filter((address) => !address.startsWith(mapped.url));
    expect(foreign.every((address) => address.startsWith(`${origin}/`))).toBe(true);
    expect(complaints).toEqual([]);
    // Any other host is refused by the page's own policy.
    const other = await page.evaluate(
      () =>
        new Promise<string>((done) => {
          document.addEventListener("securitypolicyviolation", (event) => done(event.violatedDirective));
          new Image().src = "http://127.0.0.1:9/{z}.png";
        }),
    );
    expect(other).toBe("img-src");
    await page.context().close();
    // Their host away: the map of the inbox is there, and says so.
    answers = false;
    const away = await opened(mapped, thread);
    await look(away, en.map.look("Rue de Rivoli, Paris"));
    await away.dialog.getByText(mapWords.en.tilesLost).waitFor();
    await away.page.context().close();
  } finally {
    await mapped.remove();
    await new Promise((closed) => host.close(closed));
  }
});
