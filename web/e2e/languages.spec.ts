import { beforeAll, expect, test } from "vitest";
import { goTo, openConversation, openPage, picture, signIn, until } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";
import { PASSWORD } from "./harness/server";

let conversation: string;

setTheScene("ana");
beforeAll(async () => {
  const phone = await Phone.signIn(server);
  conversation = await phone.open("Ma commande");
  await phone.write(conversation, "Bonjour, où est ma commande ?");
});

/** Words of the English catalogue that a French screen must not show. */
const ENGLISH =
  /\b(Sign in|Password|Unassigned|All open|Closed|Close|Assign|Reply|Send|waiting|Today|Visitor|Keys)\b/;

test("a browser that wants French gets French, from the sign-in on", async () => {
  const { page, complaints } = await openPage(browser, { locale: "fr-FR" });
  await page.goto(server.url);
  await page.getByRole("button", { name: "Se connecter", exact: true }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("fr");
  expect(await page.locator("body").innerText()).not.toMatch(ENGLISH);
  await picture(page, "fr-sign-in");
  await page.fill("input[name=email]", "ana@example.com");
  await page.fill("input[name=password]", "faux mot de passe");
  await page.keyboard.press("Enter");
  await page.getByText("L’adresse ou le mot de passe est incorrect.").waitFor();
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("nav");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").first().waitFor();
  expect(await page.locator("body").innerText()).not.toMatch(ENGLISH);
  await picture(page, "fr-thread");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Touches" }).waitFor();
  expect(await page.locator("body").innerText()).not.toMatch(ENGLISH);
  await picture(page, "fr-keys");
  expect(complaints).toEqual([]);
});

test("language and appearance are chosen in the menu, at once and for the next visit", async () => {
  const { page } = await openPage(browser, { colorScheme: "light" });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole("button", { name: "Account of Ana Moreau" }).click();
  await page.getByRole("radio", { name: "Dark" }).check();
  expect(await ground()).not.toBe(light);
  // Not `check()`: the mark moves once the catalogue is there.
  await page.getByRole("radio", { name: "Français" }).click();
  await page.getByText("Non attribuées").first().waitFor();
  await picture(page, "fr-dark-menu");
  await page.keyboard.press("Escape");
  await page.reload();
  await page.getByText("Non attribuées").first().waitFor();
  expect(await ground()).not.toBe(light);
  await picture(page, "fr-dark");
});

test("language and appearance that are chosen in one tab are those of the others", async () => {
  const { page, complaints } = await openPage(browser, { colorScheme: "light" });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.fill("#composer", "Half a sentence");
  const other = await page.context().newPage();
  await other.goto(server.url);
  await other.getByRole("button", { name: "Account of Ana Moreau" }).click();
  await other.getByRole("radio", { name: "Dark" }).check();
  await other.getByRole("radio", { name: "Français" }).click();
  await page.getByText("Non attribuées").first().waitFor();
  await until(async () => expect(await page.locator("html").getAttribute("data-theme")).toBe("dark"));
  expect(await page.inputValue("#composer")).toBe("Half a sentence");
  expect(complaints).toEqual([]);
});
