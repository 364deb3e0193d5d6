import { expect, test } from "vitest";
import { personWords } from "../src/inbox/person/words";
import { expectAccessible, goTo, openConversation, openPage, picture, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana");

const it = personWords.en;

test("the card says who writes, on what, what else they wrote, and sends a test that names the broken hop", async () => {
  server.addAgent("Olive Ott", "olive@example.com", "owner");
  const phone = await Phone.signInAs(server, { sub: "u-17", name: "Mia Moreau", email: "mia@example.org" });
  await phone.registerPush({ provider: "apns", token: "ab".repeat(32), environment: "production" });
  const [first, second] = [await phone.open("My parcel"), await phone.open("An older matter")];
  await phone.write(second, "Hello?");
  await phone.write(first, "Where is my parcel?");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "olive@example.com");
  await goTo(page, "all");
  await openConversation(page, first);
  await page.keyboard.press("c");
  const card = page.getByRole("dialog", { name: it.title });
  await card.getByText("mia@example.org").waitFor();
  await card.getByText(it.verified).waitFor();
  await card.getByText(it.woken).waitFor();
  await expectAccessible(page, "person");
  await picture(page, "person");
  await card.getByRole("button", { name: it.test }).click();
  await card.locator("[data-hop='key broken']").waitFor();
  await expectAccessible(page, "person tested");
  await picture(page, "person-tested");
  await card.getByRole("button", { name: /An older matter/ }).click();
  await card.waitFor({ state: "detached" });
  await page.locator("[data-message]").getByText("Hello?").waitFor();
  expect(complaints).toEqual([]);

  const { page: ana } = await openPage(browser, { colorScheme: "dark", locale: "fr-FR" });
  await ana.setViewportSize({ width: 320, height: 800 });
  await signIn(ana, server, "ana@example.com");
  await goTo(ana, "all");
  await openConversation(ana, first);
  await ana.getByRole("button", { name: "Mia Moreau" }).click();
  await ana.getByRole("heading", { name: personWords.fr.conversations, exact: true }).waitFor();
  await expectAccessible(ana, "person, French, dark, 320 px");
  await picture(ana, "person-dark-fr-320");
  const width = () => ana.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(await width()).toBeLessThanOrEqual(0);
});
