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

for (const [locale, colorScheme] of [
  ["en-GB", "light"],
  ["fr-FR", "dark"],
] as const) {
  test(`the card stays beside the conversation from one to the next, ${locale}, ${colorScheme}`, async () => {
    const own = personWords[locale === "fr-FR" ? "fr" : "en"];
    const mia = await Phone.signInAs(server, { sub: `m-${colorScheme}`, name: `Mia ${colorScheme}` });
    const noa = await Phone.signInAs(server, { sub: `n-${colorScheme}`, name: `Noa ${colorScheme}` });
    const conversation = await noa.open("Shoes");
    await noa.write(conversation, "Too small");
    await mia.write(await mia.open("Parcel"), "Where is it?");
    const { page, complaints } = await openPage(browser, { colorScheme, locale });
    await signIn(page, server, "ana@example.com");
    await goTo(page, "all");
    await openConversation(page, conversation);
    await page.locator("[data-message]").first().waitFor();
    const dialog = page.getByRole("dialog", { name: own.title });
    const column = page.getByRole("complementary", { name: own.title });
    await page.keyboard.press("c");
    await dialog.getByRole("button", { name: own.beside }).click();
    await dialog.waitFor({ state: "detached" });
    await column.getByRole("heading", { name: `Noa ${colorScheme}` }).waitFor();
    await column.getByText(`n-${colorScheme}`).waitFor();
    await column.getByRole("heading", { name: own.conversations, exact: true }).waitFor();

    // It does not stand in the way of writing, and goes along to the next.
    await page.keyboard.press("r");
    await page.keyboard.type("Which size?");
    await page.keyboard.press("Escape");
    await page.keyboard.press("k");
    await column.getByRole("heading", { name: `Mia ${colorScheme}` }).waitFor();
    await column.getByText(`m-${colorScheme}`).waitFor();
    await column.getByRole("heading", { name: own.conversations, exact: true }).waitFor();
    await expectAccessible(page, `person beside, ${locale}, ${colorScheme}`);
    await picture(page, `person-beside-${colorScheme}`);
    await page.keyboard.press("c");
    expect(await column.evaluate((it) => it === document.activeElement)).toBe(true);

    await page.reload();
    await column.getByRole("heading", { name: `Mia ${colorScheme}` }).waitFor();
    await page.setViewportSize({ width: 1200, height: 800 });
    await column.waitFor({ state: "detached" });
    await page.keyboard.press("c");
    await dialog.waitFor();
    expect(await dialog.getByRole("button", { name: own.beside }).count()).toBe(0);
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 1440, height: 900 });
    await column.getByRole("button", { name: locale === "fr-FR" ? "Fermer" : "Close" }).click();
    await column.waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });
}

test("who administers blocks somebody and lifts it, and who answers sees since when", async () => {
  const own = it.block;
  server.addAgent("Otto Ohm", "otto@example.com", "owner");
  const phone = await Phone.signInAs(server, { sub: "u-18", name: "Rolf Rude" });
  const conversation = await phone.open("Nonsense");
  await phone.write(conversation, "Buy my watches!");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "otto@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.keyboard.press("c");
  const card = page.getByRole("dialog", { name: it.title });
  await card.getByRole("button", { name: own.begin }).click();
  await card.getByText(own.ask).waitFor();
  await expectAccessible(page, "block somebody");
  await picture(page, "person-block");
  await card.getByRole("button", { name: own.block, exact: true }).click();
  await card.locator("[data-blocked=yes]").waitFor();
  await picture(page, "person-blocked");
  await expect(phone.write(conversation, "Cheap!")).rejects.toThrow();

  const { page: ana, complaints: others } = await openPage(browser, { colorScheme: "dark", locale: "fr-FR" });
  await signIn(ana, server, "ana@example.com");
  await goTo(ana, "all");
  await openConversation(ana, conversation);
  await ana.getByRole("button", { name: "Rolf Rude" }).click();
  await ana.locator("[data-blocked=yes]").getByText(personWords.fr.block.whoLifts).waitFor();
  expect(await ana.getByRole("button", { name: personWords.fr.block.lift }).count()).toBe(0);
  await expectAccessible(ana, "blocked, French, dark");
  await picture(ana, "person-blocked-dark-fr");

  await card.getByRole("button", { name: own.lift }).click();
  await card.locator("[data-blocked=no]").waitFor();
  await Phone.signInAs(server, { sub: "u-18", name: "Rolf Rude" });
  expect([...complaints, ...others]).toEqual([]);
});
