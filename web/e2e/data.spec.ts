import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { en } from "../src/settings/words/en";
import { expectAccessible, openPage, picture, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana");

const it = en.data;
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

async function open(page: Page, section: string): Promise<void> {
  await signIn(page, server, "olive@example.com");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator(`[data-section=${section}]`).click();
}

test("a user's data is saved as a file, and they are erased when their id was written twice", async () => {
  server.addAgent("Olive Ott", "olive@example.com", "owner");
  const phone = await Phone.signInAs(server, { sub: "u-17", name: "Mia Moreau", email: "mia@example.org" });
  const conversation = await phone.open("My parcel");
  await phone.write(conversation, "Where is my parcel?");
  const { page, complaints } = await openPage(browser);
  await open(page, "data");
  const form = page.locator("[data-one-user]");
  await form.locator("select[name=app]").selectOption(server.app);
  await form.locator("input[name=who]").fill("u-18");
  await button(page, it.export).click();
  await form.getByText(it.nobody).waitFor();
  await form.locator("input[name=who]").fill("u-17");
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, it.export).click()]);
  expect(download.suggestedFilename()).toBe(it.fileName);
  let text = "";
  for await (const piece of await download.createReadStream()) text += piece;
  const document = JSON.parse(text);
  expect(document.user.name).toBe("Mia Moreau");
  expect(document.conversations[0].messages[0].parts[0].text).toBe("Where is my parcel?");

  await button(page, it.erase).click();
  const dialog = page.getByRole("dialog", { name: it.eraseOf("u-17") });
  await dialog.locator("input[name=again]").fill("u-18");
  expect(await button(page, it.eraseNow).getAttribute("aria-disabled")).toBe("true");
  await picture(page, "data-erase");
  await expectAccessible(page, "erase a user");
  await dialog.locator("input[name=again]").fill("u-17");
  await button(page, it.eraseNow).click();
  await form.getByText(it.erased).waitFor();
  await picture(page, "data-erased");
  await page.locator("[data-section=log]").click();
  await page.locator("[data-act=user_erased]").waitFor();
  await page.locator("[data-act=user_exported]").waitFor();
  expect(complaints).toEqual([]);
});

test("how long messages are kept is said of all apps and of one", async () => {
  const { page, complaints } = await openPage(browser, { colorScheme: "dark" });
  await open(page, "data");
  for (const [kept, days] of [
    ["all", "730"],
    [server.app, "30"],
  ] as const) {
    const form = page.locator(`[data-kept='${kept}']`);
    await form.getByRole("combobox").selectOption("days");
    await form.getByRole("spinbutton").fill(days);
    await form.getByRole("button").click();
    await form.getByText(it.saved).waitFor();
  }
  await picture(page, "data-kept-dark");
  await expectAccessible(page, "how long messages are kept");
  await page.reload();
  await page.locator("[data-section=data]").click();
  const own = page.locator(`[data-kept='${server.app}']`);
  expect(await own.getByRole("spinbutton").inputValue()).toBe("30");
  await own.getByRole("combobox").selectOption("ever");
  await own.getByRole("button").click();
  await own.getByText(it.saved).waitFor();
  expect(complaints).toEqual([]);
});

test("what is done for a message that does not arrive is chosen, and what cannot be is said", async () => {
  const { page, complaints } = await openPage(browser);
  await open(page, "apps");
  const form = page.locator("[data-fallback]").first();
  await form.getByRole("combobox").selectOption("email");
  await button(page, en.fallback.save).first().click();
  await form.getByText(en.fallback.wrongWay.email).waitFor();
  await form.getByRole("combobox").selectOption("webhook");
  await button(page, en.fallback.save).first().click();
  await form.getByText(en.fallback.wrongWay.webhook).waitFor();
  await form.scrollIntoViewIfNeeded();
  await picture(page, "fallback-refused");
  await expectAccessible(page, "fallback");
  await form.getByRole("combobox").selectOption("off");
  await button(page, en.fallback.save).first().click();
  await form.getByText(en.fallback.saved).waitFor();
  expect(complaints).toEqual([]);
});
