import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { en } from "../src/words/en";
import {
  expectAccessible,
  expectPictured,
  goTo,
  openConversation,
  openPage,
  picture,
  signIn,
  until,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { landscape } from "./harness/pictures";
import { browser, server, setTheScene } from "./harness/scene";

const HOSTILE = "invoice\u202efdp.<img src=x onerror=alert(1)>.txt";
let phone: Phone;
let conversation: string;
let photos: string[];
let file: string;

setTheScene("ana");
beforeAll(async () => {
  phone = await Phone.signInAs(server, { sub: "p-1", name: "Inès Laurent", email: "ines@example.fr" });
  conversation = await phone.open("A dent in the lid");
  await phone.write(conversation, "Hello! The lid came with a dent.");
  const one = await phone.upload(landscape(1200, 900, 0), "lid.png");
  await phone.send(conversation, [one]);
  const others = [];
  for (const [place, size] of [
    [1, [900, 1200]],
    [2, [1600, 700]],
    [3, [800, 800]],
  ] as const)
    others.push(await phone.upload(landscape(size[0], size[1], place), `side ${place}.png`));
  await phone.send(conversation, [{ type: "text", text: "From the other sides:" }, ...others]);
  photos = [one, ...others].map(({ attachment_id }) => attachment_id);
  const pdf = Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(180_000, "x")]);
  const parts = [
    await phone.upload(pdf, "Receipt 2026-114.pdf"),
    await phone.upload(Buffer.from("hello\n"), HOSTILE),
  ];
  await phone.send(conversation, [parts[0]]);
  await phone.send(conversation, [parts[1]]);
  file = parts[1]?.attachment_id ?? "";
  await phone.write(conversation, "What shall I do?");
}, 120_000);

async function opened(options = {}): Promise<{ page: Page; complaints: string[] }> {
  const it = await openPage(browser, options);
  await signIn(it.page, server, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, conversation);
  await it.page.locator("[data-message]").getByText("What shall I do?").waitFor();
  return it;
}
const photo = (page: Page, place: number) => page.locator(`[data-photo=${photos[place]}]`);
const allDrawn = (page: Page) =>
  until(async () => expect(await page.locator("[data-photo][data-drawn]").count()).toBe(photos.length));

test("photos and files stand in the thread", async () => {
  const { page, complaints } = await opened();
  await allDrawn(page);
  await expectPictured(page, "photos");
  await photo(page, 0).click();
  await page.locator("[data-lightbox] img[data-drawn]").waitFor();
  await expectPictured(page, "lightbox");
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("nothing moves when photos come: their places and colours are there before them", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  const release: (() => void)[] = [];
  let isOpen = false;
  await page.route("**/files/v1/**", async (route) => {
    if (!isOpen) await new Promise<void>((resolve) => release.push(resolve));
    await route.continue();
  });
  await openConversation(page, conversation);
  await photo(page, 0).waitFor();
  await until(() => expect(release.length).toBeGreaterThanOrEqual(4));
  const places = () =>
    page.locator("[data-message]").evaluateAll((all) => all.map((it) => it.getBoundingClientRect().top));
  const before = await places();
  expect(await page.locator("[data-pictures] canvas").count()).toBe(4);
  await picture(page, "photos-placeholders");
  isOpen = true;
  for (const go of release) go();
  await allDrawn(page);
  expect(await places()).toEqual(before);
  await page.context().close();
});

test("the keyboard opens a photo, goes through all of them, and comes back to where it was", async () => {
  const { page, complaints } = await opened();
  await allDrawn(page);
  await photo(page, 1).focus();
  await page.keyboard.press("Enter");
  const large = page.locator("[data-lightbox]");
  const shown = () => large.getAttribute("data-lightbox");
  await large.waitFor();
  expect(await shown()).toBe(photos[1]);
  await page.getByRole("dialog").getByText("2 of 4").waitFor();
  await page.keyboard.press("ArrowRight");
  expect(await shown()).toBe(photos[2]);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  expect(await shown()).toBe(photos[0]);
  // Near, the arrows move what is looked at, and the full size is fetched.
  await page.locator("[data-lightbox] img[data-drawn=screen]").waitFor();
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.locator("[data-lightbox] img[data-drawn=original]").waitFor();
  await page.keyboard.press("ArrowRight");
  expect(await shown()).toBe(photos[0]);
  await page.keyboard.press("0");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Escape");
  await large.waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-photo"))).toBe(photos[1]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a file is had as it was sent, and its name is only a name", async () => {
  const { page, complaints } = await opened();
  const row = page.locator(`[data-file=${file}]`);
  // The mark that turns letters around is gone; what looks like markup is text.
  await row.getByText("invoicefdp.<img src=x onerror=alert(1)>.txt").waitFor();
  await row.getByText(/^Text · 6/).waitFor();
  const saving = page.waitForEvent("download");
  await row.getByRole("button", { name: /^Download/ }).click();
  const saved = await saving;
  expect(readFileSync(await saved.path(), "utf8")).toBe("hello\n");
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("an address whose time is over is renewed by itself", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  // What the server says to a signature that no longer holds.
  let refused = 0;
  await page.route("**/files/v1/**", (route) => {
    if (refused >= 4) return route.continue();
    refused++;
    return route.fulfill({ status: 404, body: "" });
  });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/inbox/v1/attachments/")) asked.push(request.url());
  });
  await openConversation(page, conversation);
  await allDrawn(page);
  expect(asked.length).toBeGreaterThan(4);
  await page.context().close();
});

test("a photo that cannot be had says so, and can be asked for again", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await page.route("**/inbox/v1/attachments/**", (route) => route.abort());
  await openConversation(page, conversation);
  await page.getByText(en.photo.lost).first().waitFor();
  await expectAccessible(page, "photos lost");
  await picture(page, "photos-lost");
  await page.unroute("**/inbox/v1/attachments/**");
  const retry = page.getByRole("button", { name: en.list.retry });
  while ((await retry.count()) > 0) await retry.first().click();
  await allDrawn(page);
  await page.context().close();
});

test("on a narrow screen photos and the large view keep inside", async () => {
  const { page } = await opened({ viewport: { width: 320, height: 640 } });
  await allDrawn(page);
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(await over()).toBeLessThanOrEqual(0);
  await photo(page, 1).scrollIntoViewIfNeeded();
  await picture(page, "320-photos");
  await expectAccessible(page, "320 photos");
  await photo(page, 1).click();
  await page.locator("[data-lightbox] img[data-drawn]").waitFor();
  expect(await over()).toBeLessThanOrEqual(0);
  await picture(page, "320-lightbox");
  await expectAccessible(page, "320 lightbox");
  await page.context().close();
});
