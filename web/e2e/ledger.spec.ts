import { expect, test } from "vitest";
import { ledgerWords } from "../src/ledger/words";
import { en } from "../src/words/en";
import {
  expectAccessible,
  expectPictured,
  goTo,
  openConversation,
  openPage,
  picture,
  signIn,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana");

const dialog = { name: ledgerWords.en.title };

test("an own reply tells what became of it, by mouse and by key, and goes on telling while it is open", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  const phone = await Phone.signIn(server);
  // An app without a key for Apple's service: the commonest reason for silence.
  await phone.registerPush({ provider: "apns", token: "ab".repeat(32), environment: "production" });
  const conversation = await phone.open("My parcel");
  await phone.write(conversation, "Where is my parcel?");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("Where is my parcel?").waitFor();
  await page.fill("#composer", "It left this morning.");
  await page.keyboard.press("Control+Enter");
  const mark = page.getByRole("button", { name: en.ledger.open });
  await page.locator("[data-status=sent]").waitFor();

  await mark.click();
  const panel = page.getByRole("dialog", dialog);
  await panel.getByText(ledgerWords.en.stored).waitFor();
  await panel.getByText(ledgerWords.en.notDelivered).waitFor();
  await phone.confirm(conversation, { delivered_seq: 2 });
  await panel.getByText(ledgerWords.en.delivered).waitFor();
  // The job has run by now at the latest when it is asked again.
  await panel.getByText(ledgerWords.en.faults.no_key.advice).waitFor();
  await expectAccessible(page, "ledger");
  await picture(page, "ledger");
  await phone.confirm(conversation, { read_seq: 2 });
  await panel.getByText(ledgerWords.en.read, { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain(en.ledger.open);

  await page.keyboard.press("d");
  await panel.getByText("It left this morning.").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("became");
  await page.keyboard.press("Enter");
  await panel.getByText(ledgerWords.en.read, { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

test("a server that does not answer is said so, and asked again", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Silence");
  await phone.write(conversation, "Hello?");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("Hello?").waitFor();
  await page.fill("#composer", "Hello.");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=sent]").waitFor();
  await page.route("**/ledger", (route) => route.abort());
  await page.getByRole("button", { name: en.ledger.open }).click();
  const panel = page.getByRole("dialog", dialog);
  await panel.getByText(ledgerWords.en.failed).waitFor();
  await picture(page, "ledger-failed");
  await page.unroute("**/ledger");
  await panel.getByRole("button", { name: en.list.retry }).click();
  await panel.getByText(ledgerWords.en.noPush).waitFor();
  await panel.getByText(ledgerWords.en.noPushMore).waitFor();
});

test("a full ledger reads well and keeps WCAG AA, also on a narrow screen in French", async () => {
  const { page } = await openPage(browser, { locale: "fr-FR" });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Whole");
  await phone.write(conversation, "Bonjour ?");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("Bonjour ?").waitFor();
  await page.fill("#composer", "Bonjour, il est parti ce matin par la poste.");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=sent]").waitFor();
  const at = (second: number) => new Date(Date.now() + second * 1000).toISOString();
  const push = (device: string, provider: string, accepted: boolean, detail: string, second: number) => ({
    device_id: `dev_${device.repeat(26)}`,
    provider,
    accepted,
    detail,
    at: at(second),
  });
  // No provider can be reached from here; what the page makes of their answers is this test's matter.
  const ledger = {
    stored_at: at(0),
    delivered: true,
    delivered_at: at(4),
    read: false,
    pushes: [
      push("1", "apns", false, "TooManyRequests", 1),
      push("1", "apns", true, "C1A5", 2),
      push("2", "apns", false, "BadDeviceToken", 1),
      push("3", "fcm", true, "projects/x/messages/1", 1),
    ],
    devices: [{ device_id: `dev_${"1".repeat(26)}`, delivered_at: at(3), shown_at: at(4) }],
  };
  await page.route("**/ledger", (route) => route.fulfill({ json: ledger }));
  await page.keyboard.press("Escape");
  await page.keyboard.press("d");
  await page.locator("[data-way]").first().waitFor();
  expect(await page.locator("[data-way]").allTextContents()).toEqual([
    "iPhone ou iPad 1",
    "iPhone ou iPad 2",
    "Android",
  ]);
  await expectPictured(page, "ledger");
  await page.setViewportSize({ width: 320, height: 640 });
  await expectPictured(page, "ledger-narrow");
});
