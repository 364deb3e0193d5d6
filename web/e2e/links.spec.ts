import { expect, test } from "vitest";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
import {
  expectAccessible,
  goTo,
  openConversation,
  openPage,
  picture,
  signIn,
  until,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana");

for (const [colorScheme, words, locale] of [
  ["light", en, "en-GB"],
  ["dark", fr, "fr-FR"],
] as const)
  test(`links to a conversation and to a message are copied, ${colorScheme}, ${words.language}`, async () => {
    const phone = await Phone.signIn(server);
    const conversation = await phone.open("Links");
    await phone.write(conversation, "Where is it?");
    await phone.write(conversation, "And what does it cost?");
    const { page, complaints } = await openPage(browser, {
      colorScheme,
      locale,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await signIn(page, server, "ana@example.com");
    await goTo(page, "all");
    await openConversation(page, conversation);
    const message = page.locator("[data-message]").filter({ hasText: "And what does it cost?" });
    await message.hover();
    await picture(page, `${colorScheme}-link-of-message`);
    await message.getByRole("button", { name: words.link.copyMessage }).click();
    await page.locator("[data-said]").getByText(words.link.copiedMessage).waitFor();
    await picture(page, `${colorScheme}-link-copied`);
    await expectAccessible(page, "link copied");
    expect(await copied()).toBe(`${server.url}/all/${conversation}/2`);

    await page.getByRole("button", { name: words.link.copy, exact: true }).click();
    await page.locator("[data-said]").getByText(words.link.copied).waitFor();
    expect(await copied()).toBe(`${server.url}/all/${conversation}`);
    // The key copies that of the message that has the focus, else that of the conversation.
    await message.getByRole("button", { name: words.link.copyMessage }).focus();
    await page.keyboard.press("Shift+C");
    await until(async () => expect(await copied()).toBe(`${server.url}/all/${conversation}/2`));
    await page.locator("#thread").focus();
    await page.keyboard.press("Shift+C");
    await until(async () => expect(await copied()).toBe(`${server.url}/all/${conversation}`));
    expect(complaints).toEqual([]);

    await page.context().clearPermissions();
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"));
    });
    await page.keyboard.press("Shift+C");
    await page.locator("[data-said]").getByText(`${server.url}/all/${conversation}`).waitFor();
    await page.context().close();
  });
