import { expect, test } from "vitest";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
import {
  count,
  expectAccessible,
  expectPictured,
  goTo,
  openConversation,
  openPage,
  picture,
  row,
  signIn,
  until,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana", "bastien", "emile");

test("a colleague who is mentioned learns of it, finds it, and it counts until they have seen it", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Refund");
  await phone.write(conversation, "I want my money back.");
  const ana = await openPage(browser);
  const bastien = await openPage(browser);
  await signIn(ana.page, server, "ana@example.com");
  await signIn(bastien.page, server, "bastien@example.com");
  await goTo(ana.page, "all");
  await openConversation(ana.page, conversation);

  await ana.page.keyboard.press("Escape");
  await ana.page.keyboard.press("n");
  await ana.page.keyboard.type("Can you look, @roch");
  const offered = ana.page.getByRole("option", { name: "Bastien Roche" });
  await offered.waitFor();
  await picture(ana.page, "mention-offered");
  await expectAccessible(ana.page, "mention offered");
  await ana.page.keyboard.press("Enter");
  await ana.page.keyboard.type("please?");
  expect(await ana.page.inputValue("#composer")).toBe("Can you look, @Bastien Roche please?");
  await ana.page.locator("[data-told]").getByText("Bastien Roche").waitFor();
  // What stands there is kept, and whom it means.
  await ana.page.reload();
  await ana.page.locator("[data-told]").getByText("Bastien Roche").waitFor();
  await ana.page.focus("#composer");
  await ana.page.keyboard.press("Control+Enter");
  await ana.page.locator("[data-note] [data-mention]").getByText("@Bastien Roche").waitFor();

  await until(async () => expect(await count(bastien.page, "mentions")).toBe(1));
  expect(await count(ana.page, "mentions")).toBe(0);
  await bastien.page.keyboard.press("g");
  await bastien.page.keyboard.press("i");
  await row(bastien.page, conversation).getByText(en.list.mentioned).waitFor();
  await picture(bastien.page, "mentions");
  await expectAccessible(bastien.page, "mentions");
  await openConversation(bastien.page, conversation);
  await bastien.page.locator("[data-mention]").getByText("@Bastien Roche").waitFor();
  await until(async () => expect(await count(bastien.page, "mentions")).toBe(0));
  // It stays where it can be found again.
  await row(bastien.page, conversation).waitFor();
  expect(await row(bastien.page, conversation).getByText(en.list.mentioned).count()).toBe(0);
  await bastien.page.reload();
  await row(bastien.page, conversation).waitFor();
  expect(await count(bastien.page, "mentions")).toBe(0);
  expect(await phone.everything(conversation)).not.toContain("Bastien");
  expect([...ana.complaints, ...bastien.complaints]).toEqual([]);
});

test("words that look like a mention are none, and the same note again mentions nobody twice", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Only words");
  await phone.write(conversation, "Hello");
  const { page } = await openPage(browser);
  await signIn(page, server, "emile@example.com");
  const before = await count(page, "mentions");
  const write = (body: object) =>
    page.evaluate(
      async ([path, text]) => {
        const headers = { "content-type": "application/json" };
        return (await fetch(path as string, { method: "POST", headers, body: text as string })).status;
      },
      [`/inbox/v1/conversations/${conversation}/notes`, JSON.stringify(body)],
    );
  expect(
    await write({ id: "note_01h2xcejqtf2nbrexx3vqjhp41", text: "@Bastien Roche and @Émile Renard" }),
  ).toBe(201);
  const bastien = await openPage(browser);
  await signIn(bastien.page, server, "bastien@example.com");
  await goTo(bastien.page, "all");
  await openConversation(bastien.page, conversation);
  await bastien.page.locator("[data-note]").getByText("@Bastien Roche and").waitFor();
  expect(await bastien.page.locator("[data-note] [data-mention]").count()).toBe(0);
  expect(await count(bastien.page, "mentions")).toBe(0);
  expect(await count(page, "mentions")).toBe(before);
});

test("mentions in French on a narrow screen", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Étroit");
  await phone.write(conversation, "Bonjour");
  const { page, complaints } = await openPage(browser, {
    locale: "fr-FR",
    viewport: { width: 320, height: 700 },
  });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.getByRole("tab", { name: fr.composer.note }).click();
  await page.fill("#composer", "");
  await page.locator("#composer").pressSequentially("@e");
  await page.getByRole("option", { name: "Émile Renard" }).click();
  await page.locator("[data-told]").waitFor();
  await expectPictured(page, "mention-narrow");
  await page.locator("#composer").pressSequentially("@");
  await page.getByRole("option", { name: "Bastien Roche" }).waitFor();
  await expectPictured(page, "mention-narrow-offered");
  expect(complaints).toEqual([]);
});
