import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { en } from "../src/words/en";
import {
  expectPictured,
  goTo,
  launch,
  openConversation,
  openPage,
  picture,
  row,
  signIn,
  until,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

let conversation: string;
let long: string;

const NAMES = [
  ["Zoë Lindqvist", "zoe@example.se", "Where is my parcel?", "It says delivered, but nothing came."],
  ["Omar Haddad", "omar@example.org", "Invoice 2026-114", "Could you put the company's name on it?"],
  ["Ewa Łukasik", "ewa@example.pl", "Change of address", "We are moving on the 3rd, to Łódź."],
  ["José Ávila", "jose@example.es", "Refund", "Gracias! The refund has arrived."],
  ["עדי כהן", "adi@example.co.il", "הזמנה", "שלום, מתי תגיע ההזמנה שלי?"],
  ["Mei Tanaka", "mei@example.jp", "Sizes", "Does the blue one run small?"],
] as const;

setTheScene("ana", "bastien");
beforeAll(async () => {
  for (const [name, email, title, text] of NAMES) {
    const phone = await Phone.signInAs(server, { sub: email, name, email });
    await phone.write(await phone.open(title), text);
  }
  const writer = await Phone.signInAs(server, { sub: "c-1", name: "Sofia Rossi", email: "sofia@example.it" });
  long = await writer.open("A long story");
  await writer.write(long, "The first word of it: periwinkle.");
  for (let place = 2; place <= 120; place++) await writer.write(long, `And then, ${place}.`);
  const phone = await Phone.signInAs(server, {
    sub: "c-2",
    name: "Camille Petit",
    email: "camille@example.fr",
  });
  conversation = await phone.open("Screens");
  await phone.write(conversation, "Hello! The app closes when I open my order.");
  await phone.write(conversation, "I followed https://example.com/help, and it still does.");
  await phone.send(conversation, [
    { type: "location", latitude: 48.8566, longitude: 2.3522, label: "Rue de Rivoli, Paris", accuracy_m: 12 },
  ]);
});

const widest = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

test("every screen and state keeps WCAG 2.2 AA, in both languages and themes", async () => {
  const { page, complaints } = await openPage(browser, { hold: 30 });
  const check = (name: string) => expectPictured(page, name);
  const dialog = (name: string) => page.getByRole("dialog", { name });
  await page.goto(server.url);
  await page.getByRole("button", { name: en.signIn.submit, exact: true }).waitFor();
  await check("sign-in");
  await page.getByRole("button", { name: en.signIn.submit, exact: true }).click();
  await page.getByText(en.signIn.needEmail).waitFor();
  await check("sign-in-error");
  await signIn(page, server, "ana@example.com");
  await page.getByText(en.empty.mine).waitFor();
  await check("mine-empty");
  await goTo(page, "closed");
  await page.getByText(en.empty.closed).waitFor();
  await check("closed-empty");
  await goTo(page, "all");
  await row(page, conversation).hover();
  await check("list");
  await openConversation(page, conversation);
  await page.locator("[data-message]").first().waitFor();
  await check("thread");
  await page.keyboard.press("r");
  await page.keyboard.type("We are looking into it.");
  await check("reply-composer");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=held]").waitFor();
  await check("held");
  await page.locator("[data-pending]").getByRole("button", { name: en.undo.undo }).click();
  await page.locator("[data-pending]").waitFor({ state: "detached" });
  await page.fill("#composer", "");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.type("Ask the warehouse.");
  await check("note-composer");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-note]").last().waitFor();
  await check("note");
  await page.keyboard.press("Escape");
  await page.keyboard.press("a");
  await page.getByRole("combobox").waitFor();
  await check("assign");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await dialog(en.keys.title).waitFor();
  await check("keys");
  await page.locator("[data-remap=note]").click();
  await page.keyboard.press("r");
  await page.locator("#key-fault").waitFor();
  await check("keys-taken");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await dialog(en.keys.title).waitFor({ state: "detached" });
  await page.keyboard.press("Control+k");
  await dialog(en.palette.title).waitFor();
  await check("palette");
  await until(async () => {
    await page.getByRole("combobox").fill("");
    await page.getByRole("combobox").fill("periwinkle");
    await page.locator("[data-found=hit]").first().waitFor({ timeout: 2_000 });
  }, 30_000);
  await check("search");
  await page.getByRole("combobox").fill("xyzzyx");
  await page.getByText(en.palette.nothing).waitFor();
  await check("search-nothing");
  await page.getByRole("combobox").fill("periwinkle");
  await page.locator("[data-found=hit]").first().click();
  await page.getByText(en.thread.old).waitFor();
  await check("old-place");
  await page.locator("#conversations").focus();
  await page.keyboard.press("Shift+J");
  await page.locator("[data-picks]").waitFor();
  await check("picked");
  await page.keyboard.press("Shift+J");
  await page.keyboard.press("e");
  await page.locator("[data-done=state]").waitFor();
  await check("done");
  await page.keyboard.press("z");
  await page.locator("[data-done=state]").waitFor({ state: "detached" });
  await page.fill("#composer", "half a sentence");
  await goTo(page, "drafts");
  await page.locator("[data-conversation]").first().waitFor();
  await check("drafts");
  await page.getByRole("button", { name: en.account.menu("Ana Moreau") }).click();
  await check("account");
  await page.keyboard.press("Escape");
  await page.context().setOffline(true);
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await page.locator("[data-line]").waitFor({ timeout: 60_000 });
  await check("away");
  await page.context().setOffline(false);
  await page.goto(`${server.url}/all/cnv_01h2xcejqtf2nbrexx3vqjhp41`);
  await page.getByText(en.thread.missing).waitFor();
  await check("missing");
  expect(complaints).toEqual([]);
}, 300_000);

test("from 320 pixels to wide nothing is cut off, and one pane leads to the other", async () => {
  const { page } = await openPage(browser, { viewport: { width: 320, height: 640 } });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await row(page, conversation).waitFor();
  await expectPictured(page, "320-list");
  await page.getByRole("button", { name: en.palette.title }).click();
  await page.getByRole("dialog").waitFor();
  await expectPictured(page, "320-palette");
  await page.keyboard.press("Escape");
  await openConversation(page, conversation);
  await page.locator("[data-message]").first().waitFor();
  await expectPictured(page, "320-thread");
  await page.getByRole("button", { name: "Back to the list" }).click();
  await row(page, conversation).waitFor();
  for (const width of [480, 760, 1024, 1120, 1920, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await widest(page), `${width}`).toBeLessThanOrEqual(0);
  }
  await openConversation(page, conversation);
  await page.setViewportSize({ width: 900, height: 700 });
  await picture(page, "900-thread");
});

test("with letters of twice the size everything can be read and reached", async () => {
  const large = await launch(["--blink-settings=defaultFontSize=32"]);
  const { page } = await openPage(large, { viewport: { width: 1280, height: 900 } });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await row(page, conversation).waitFor();
  await expectPictured(page, "200-list");
  await openConversation(page, conversation);
  await page.locator("[data-message]").first().waitFor();
  await expectPictured(page, "200-thread");
  await page.fill("#composer", "Everything is large.");
  await page.locator("#composer").press("Control+Enter");
  await page.locator("[data-status=sent]").last().waitFor();
  await large.close();
});

test("who wants no motion sees none", async () => {
  const { page } = await openPage(browser, { reducedMotion: "reduce" });
  await signIn(page, server, "ana@example.com");
  await page.goto(`${server.url}/all/${long}/1`);
  await page.locator('[data-seq="1"]').waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").waitFor();
  const longest = await page.evaluate(() =>
    Math.max(
      0,
      ...document.getAnimations().map((it) => Number(it.effect?.getComputedTiming().duration ?? 0)),
    ),
  );
  expect(longest).toBeLessThan(1);
});
