import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { personWords } from "../src/inbox/person/words";
import { en } from "../src/settings/words/en";
import {
  expectAccessible,
  expectPictured,
  goTo,
  launch,
  openConversation,
  openPage,
  picture,
  signIn,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { AUTHORITY, isSigned, Receiver } from "./harness/receiver";
import { Server } from "./harness/server";

let server: Server;
let browser: Browser;
let receiver: Receiver;
let conversation: string;

beforeAll(async () => {
  receiver = await Receiver.start();
  server = await Server.prepare((folder) => {
    const push = `[push]\ninside = true\nextra_ca = ${JSON.stringify(AUTHORITY)}\n`;
    appendFileSync(join(folder, "tidings.toml"), push);
  });
  server.addAgent("Olive Ott", "olive@example.com", "owner");
  browser = await launch();
  const phone = await Phone.signInAs(server, { sub: "u-17", name: "Mia Moreau", email: "mia@example.org" });
  conversation = await phone.open("My parcel");
  await phone.write(conversation, "Where is my parcel?");
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
  await receiver?.close();
});

async function openCard(page: Page): Promise<void> {
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.keyboard.press("c");
}

test("the card of a person shows what the company's system says, and says why when it cannot", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "olive@example.com");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator("[data-section=apps]").click();
  const app = page.locator("section", { has: page.getByRole("heading", { name: "Demo shop" }) });
  const source = app.locator("[data-cards]");
  await source.getByRole("button", { name: en.cards.setUp }).click();
  await page.fill("input[name=url]", receiver.url);
  await expectAccessible(page, "source of cards");
  const dialog = page.getByRole("dialog", { name: en.cards.title });
  await dialog.getByRole("button", { name: en.cards.save, exact: true }).click();
  const secret = (await page.locator("[data-secret]").textContent()) ?? "";
  await page.getByRole("button", { name: en.done, exact: true }).click();
  await source.getByText(receiver.url).waitFor();
  await page.getByRole("button", { name: en.back }).click();

  receiver.status = 200;
  receiver.answer = {
    cards: [
      {
        title: "Customer <b>since</b> 2019",
        rows: [
          { label: "Plan", value: "Gold" },
          { label: "Last order", value: "4711, on its way", url: "https://crm.example.com/orders/4711" },
          { label: "Script", value: "<img src=x onerror=alert(1)>" },
        ],
        link: { label: "Open in the CRM", url: "https://crm.example.com/customers/17" },
      },
      { title: "No complaint yet" },
    ],
  };
  await openCard(page);
  const card = page.locator("[data-company=there]");
  await card.getByText("4711, on its way").waitFor();
  await card.getByText("<img src=x onerror=alert(1)>").waitFor();
  const link = card.getByRole("link", { name: "Open in the CRM" });
  expect(await link.getAttribute("href")).toBe("https://crm.example.com/customers/17");
  expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
  await expectAccessible(page, "cards");
  await picture(page, "cards");
  const [told] = receiver.of("cards");
  expect(told && isSigned(told, secret)).toBe(true);
  expect(told?.body.data).toMatchObject({ user: { external_id: "u-17" }, conversation_id: conversation });
  await page.keyboard.press("Escape");
  await page.keyboard.press("c");
  await card.getByText("Gold").waitFor();
  expect(receiver.of("cards").length).toBe(1);
  expect(complaints).toEqual([]);
});

test("what is no card is said in words, in French, at 320 pixels", async () => {
  receiver.answer = { cards: [{ title: "", rows: [] }] };
  const phone = await Phone.signIn(server);
  const other = await phone.open("Anonymous");
  await phone.write(other, "Hello?");
  const { page, complaints } = await openPage(browser, { locale: "fr-FR" });
  await page.setViewportSize({ width: 320, height: 800 });
  await signIn(page, server, "olive@example.com");
  await goTo(page, "all");
  await openConversation(page, other);
  await page.keyboard.press("c");
  await page.getByText(personWords.fr.company.faults.unreadable).waitFor();
  await page.getByText("cards[0].title").waitFor();
  await expectPictured(page, "cards-unreadable-320");
  expect(complaints).toEqual([]);
});
