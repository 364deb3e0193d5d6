import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  expectAccessible,
  goTo,
  launch,
  openConversation,
  openPage,
  picture,
  row,
  signIn,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { Server } from "./harness/server";

let server: Server;
let browser: Browser;
let conversation: string;

beforeAll(async () => {
  server = await Server.start();
  server.addAgent("Ana Moreau", "ana@example.com");
  server.addAgent("Bastien Roche", "bastien@example.com");
  const phone = await Phone.signIn(server);
  conversation = await phone.open("Screens");
  await phone.write(conversation, "Hello, see https://example.com/help for what I mean.");
  const other = await phone.open("Another one");
  await phone.write(other, "Still waiting");
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const widest = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

for (const colorScheme of ["light", "dark"] as const) {
  test(`every screen and state keeps WCAG 2.2 AA, ${colorScheme}`, async () => {
    const { page, complaints } = await openPage(browser, { colorScheme });
    const check = async (name: string) => {
      await picture(page, `${colorScheme}-${name}`);
      await expectAccessible(page, name);
    };
    await page.goto(server.url);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await check("sign-in");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Enter your e-mail address.").waitFor();
    await check("sign-in-error");
    await signIn(page, server, "ana@example.com");
    await page.getByText("Nothing waits for you").waitFor();
    await check("mine-empty");
    await goTo(page, "closed");
    await page.getByText("Nothing closed yet").waitFor();
    await check("closed-empty");
    await goTo(page, "all");
    await row(page, conversation).hover();
    await check("list");
    await openConversation(page, conversation);
    await page.locator("[data-message]").first().waitFor();
    await page.keyboard.press("r");
    await page.keyboard.type("We are looking into it.");
    await page.keyboard.press("Control+Enter");
    await page.locator("[data-status=sent]").waitFor();
    await check("thread");
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
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await check("keys");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Account of Ana Moreau" }).click();
    await check("account");
    await page.keyboard.press("Escape");
    await page.goto(`${server.url}/all/cnv_01h2xcejqtf2nbrexx3vqjhp41`);
    await page.getByText("This conversation is not there").waitFor();
    await check("missing");
    expect(complaints).toEqual([]);
  });
}

test("from 320 pixels to wide nothing is cut off, and one pane leads to the other", async () => {
  const { page } = await openPage(browser, { viewport: { width: 320, height: 640 } });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await row(page, conversation).waitFor();
  expect(await widest(page)).toBeLessThanOrEqual(0);
  await expectAccessible(page, "320 list");
  await picture(page, "320-list");
  await openConversation(page, conversation);
  await page.locator("[data-message]").first().waitFor();
  expect(await widest(page)).toBeLessThanOrEqual(0);
  await expectAccessible(page, "320 thread");
  await picture(page, "320-thread");
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
