import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { en } from "../src/settings/words/en";
import { expectAccessible, launch, openPage, picture, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { AUTHORITY, isSigned, Receiver, type Told } from "./harness/receiver";
import { Server } from "./harness/server";

const it = en.webhooks;

let server: Server;
let browser: Browser;
let receiver: Receiver;
let phone: Phone;
let conversation: string;

beforeAll(async () => {
  receiver = await Receiver.start();
  server = await Server.prepare((folder) => {
    const push = `[push]\ninside = true\nextra_ca = ${JSON.stringify(AUTHORITY)}\n`;
    appendFileSync(join(folder, "tidings.toml"), push);
  });
  server.addAgent("Olive Ott", "olive@example.com", "owner");
  browser = await launch();
  phone = await Phone.signIn(server);
  conversation = await phone.open("Roles");
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
  await receiver?.close();
});

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

async function openWebhooks(page: Page): Promise<void> {
  await signIn(page, server, "olive@example.com");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator("[data-section=webhooks]").click();
  await page.getByRole("heading", { level: 1, name: en.names.webhooks }).waitFor();
}

const secretShown = async (page: Page) => {
  const secret = (await page.locator("[data-secret]").textContent()) ?? "";
  await button(page, en.done).click();
  return secret;
};

test("a webhook is added, tried out, told what users write, and told again what it did not take", async () => {
  const { page, complaints } = await openPage(browser);
  await openWebhooks(page);
  await page.getByText(it.none).waitFor();
  await button(page, it.add).click();
  await page.fill("input[name=url]", "http://localhost/");
  await button(page, it.save).click();
  await page.getByText(it.wrongAddress).waitFor();
  await page.fill("input[name=url]", receiver.url);
  await expectAccessible(page, "add a webhook");
  await picture(page, "webhooks-add");
  await button(page, it.save).click();
  const secret = await secretShown(page);
  expect(secret).toMatch(/^whsec_.{44}$/);

  await button(page, it.openOf(receiver.url)).click();
  await page.getByText(it.nothingTold).waitFor();
  await button(page, it.test).click();
  await page.locator("[data-delivery=delivered]").getByText(it.names.test).waitFor();
  expect(receiver.of("test").map((told) => isSigned(told, secret))).toEqual([true]);

  await phone.write(conversation, "Where is my parcel?");
  await expect.poll(() => receiver.of("message.received").length, { timeout: 10_000 }).toBe(1);
  const [told] = receiver.of("message.received");
  if (!told) throw new Error("nothing was told");
  expect(isSigned(told, secret)).toBe(true);
  expect(told.body.data.message?.parts[0]?.text).toBe("Where is my parcel?");

  receiver.status = 500;
  await phone.write(conversation, "Hello?");
  await expect.poll(() => receiver.of("message.received").length, { timeout: 10_000 }).toBe(2);
  receiver.status = 410;
  await page.reload();
  await page.locator("[data-section=webhooks]").click();
  receiver.status = 204;
  await button(page, it.openOf(receiver.url)).click();
  const again = page.locator("[data-delivery]").filter({ hasText: "HTTP 500" });
  await again.waitFor();
  await picture(page, "webhooks-told");
  await expectAccessible(page, "deliveries");
  await again.getByRole("button").click();
  await expect.poll(() => receiver.of("message.received").length, { timeout: 10_000 }).toBe(3);
  const [, failed, repeated] = receiver.of("message.received");
  expect(repeated?.id).toBe(failed?.id);

  await button(page, it.renew).click();
  await page
    .getByRole("dialog", { name: it.renew })
    .getByRole("button", { name: it.renew, exact: true })
    .click();
  const second = await secretShown(page);
  await phone.write(conversation, "Are you there?");
  await expect.poll(() => receiver.of("message.received").length, { timeout: 10_000 }).toBe(4);
  const last = receiver.of("message.received")[3];
  expect(last && [isSigned(last, secret), isSigned(last, second)]).toEqual([true, true]);
  expect(complaints).toEqual([]);
});

test("what happened before the server was killed is told when it is back", async () => {
  receiver.status = 503;
  await phone.write(conversation, "It burns");
  const isTaken = (told: Told) =>
    told.answered === 204 && told.body.data.message?.parts[0]?.text === "It burns";
  await server.kill();
  receiver.status = 204;
  await server.up();
  await expect.poll(() => receiver.told.some(isTaken), { timeout: 75_000 }).toBe(true);
}, 90_000);

test("it is switched off, then nothing is told, and removed", async () => {
  const { page, complaints } = await openPage(browser, { colorScheme: "dark" });
  await openWebhooks(page);
  await button(page, it.openOf(receiver.url)).click();
  await button(page, it.change).click();
  await page.check("input[name=disabled]");
  await picture(page, "webhooks-change-dark");
  await button(page, it.save).click();
  await page.getByText(it.off.chosen).waitFor();
  await picture(page, "webhooks-off-dark");
  await expectAccessible(page, "a webhook that is off, dark");
  const before = receiver.told.length;
  await phone.write(conversation, "Unheard");
  await page.waitForTimeout(2_500);
  expect(receiver.told.length).toBe(before);
  await button(page, it.remove).click();
  await page
    .getByRole("dialog", { name: it.removeOf(receiver.url) })
    .getByRole("button", { name: it.remove, exact: true })
    .click();
  await page.getByText(it.none).waitFor();
  expect(complaints).toEqual([]);
});
