import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { lookWords } from "../src/settings/company/lookwords";
import { expectAccessible, openPage, picture, signIn } from "./harness/browser";
import { landscape } from "./harness/pictures";
import { browser, server, setTheScene } from "./harness/scene";
import { SdkPhone } from "./harness/sdk";

const words = lookWords.en;

setTheScene();
beforeAll(() => {
  server.addAgent("Olive Ott", "olive@example.com", "owner");
});

/** The part of the settings about the app that phones are of here. */
async function appearance(page: Page) {
  await signIn(page, server, "olive@example.com");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator("[data-section=apps]").click();
  const part = page.locator(`[data-appearance="${server.app}"]`);
  await part.locator("input[name=accent]").waitFor();
  return part;
}

test("what a company sets is seen in the preview, and at once on a phone with the SDK", async () => {
  const phone = SdkPhone.start(server, "Europe/Paris");
  await phone.does("wait live", /live: yes/);
  await phone.does("wait look", /look: yes/);
  // Nothing is set yet: it is called by the app's own name.
  await phone.does("look", /looks like \S.* \| - \| - \| -/);

  const { page, complaints } = await openPage(browser);
  const part = await appearance(page);
  await part.locator("input[name=name]").fill("Boulangerie Martin");
  await part.locator("input[name=accent]").fill("ffd400");
  await part.locator("textarea").first().fill("Good morning! Write to us.");
  const light = part.locator("[data-preview=light]");
  expect(await light.getAttribute("data-fill")).toBe("#7a6600");
  await light.getByText(words.darker).waitFor();
  expect(await part.locator("[data-preview=dark]").getAttribute("data-fill")).toBe("#ffd400");
  await light.getByText("Boulangerie Martin").waitFor();
  await light.getByText("Good morning! Write to us.").waitFor();
  await part.getByRole("button", { name: words.addLanguage }).click();
  const second = part.locator("[data-greeting='1']");
  await second.locator("input").fill("fr");
  await second.locator("textarea").fill("Bonjour ! Écrivez-nous.");
  await part.getByRole("button", { name: `${words.save}: ${words.title}` }).click();
  await part.getByText(words.saved).waitFor();
  await phone.does("wait look", /look: yes/);
  await phone.does("look", /looks like Boulangerie Martin \| #ffd400 \| Good morning! Write to us\. \| -/);

  const file = { name: "logo.png", mimeType: "image/png", buffer: landscape(640, 400) };
  await part.locator("input[name=logo]").setInputFiles(file);
  await part.getByText(words.logoSet).waitFor();
  await part.getByRole("img", { name: words.logoOf("Boulangerie Martin") }).waitFor();
  await phone.does("wait look", /look: yes/);
  await phone.does("look", /a logo of \d+ bytes/);
  await expectAccessible(page, "settings, appearance");
  await picture(page, "settings-appearance");
  await light.scrollIntoViewIfNeeded();
  await picture(page, "settings-appearance-preview");

  await part.getByRole("button", { name: words.removeLogo }).click();
  await part.getByText(words.logoRemoved).waitFor();
  await phone.does("wait look", /look: yes/);
  await phone.does("look", /Write to us\. \| -/);
  await part.locator("[data-undo-logo]").click();
  await part.getByText(words.logoSet).waitFor();
  await phone.does("wait look", /look: yes/);
  await phone.does("look", /a logo of \d+ bytes/);
  await phone.end();
  expect(complaints).toEqual([]);
}, 120_000);

test("what cannot be is refused in words, and nothing is lost by it", async () => {
  const { page } = await openPage(browser, { colorScheme: "dark", locale: "fr-FR" });
  const french = lookWords.fr;
  const part = await appearance(page);
  await part.locator("input[name=accent]").fill("orange");
  await part.getByRole("button", { name: `${french.save}: ${french.title}` }).click();
  await part.getByText(french.wrong.accent).waitFor();
  await part.locator("input[name=accent]").fill("C2410C");
  await part.locator("input[name=name]").fill("Chez nous");
  const wrong = { name: "logo.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") };
  await part.locator("input[name=logo]").setInputFiles(wrong);
  await part.getByText(french.logoFaults["unsupported_media_type"] as string).waitFor();
  const large = { name: "logo.png", mimeType: "image/png", buffer: Buffer.alloc(4 * 1024 * 1024 + 1) };
  await part.locator("input[name=logo]").setInputFiles(large);
  await part.getByText(french.logoFaults["too_large"] as string).waitFor();
  expect(await part.locator("input[name=name]").inputValue()).toBe("Chez nous");
  await part.getByRole("button", { name: `${french.save}: ${french.title}` }).click();
  await part.getByText(french.saved).waitFor();
  await expectAccessible(page, "settings, appearance, dark");
  await picture(page, "settings-appearance-dark-fr");
  await page.setViewportSize({ width: 320, height: 640 });
  await expectAccessible(page, "settings, appearance, 320");
  await part.locator("[data-preview=dark]").scrollIntoViewIfNeeded();
  await picture(page, "settings-appearance-320");
}, 60_000);
