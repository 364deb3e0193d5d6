import { beforeAll, expect, test } from "vitest";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
import { expectAccessible, goTo, openConversation, openPage, picture, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

let phone: Phone;
setTheScene("ana");
beforeAll(async () => {
  phone = await Phone.signInAs(server, { sub: "l-2", name: "Inès Laurent", email: "ines@example.fr" });
});

for (const [colorScheme, words, locale] of [
  ["light", en, "en-GB"],
  ["dark", fr, "fr-FR"],
] as const)
  test(`a place moves on its card and is gone with the end, ${colorScheme}, ${words.language}`, async () => {
    const conversation = await phone.open(`Where is the van? ${words.language}`);
    const message = await phone.send(conversation, [{ type: "live_location", for_s: 900 }]);
    const { page, complaints } = await openPage(browser, { colorScheme, locale });
    await signIn(page, server, "ana@example.com");
    await goTo(page, "all");
    await openConversation(page, conversation);
    const card = page.locator("[data-live]");
    await card.getByText(words.map.liveNowhere).waitFor();
    await phone.move(message, { number: 1, latitude: 48.8566, longitude: 2.3522, accuracy_m: 12 });
    await card.getByText("48.85660, 2.35220").waitFor();
    await card.getByText(words.map.liveNow).waitFor();
    await card.locator("svg[data-world]").waitFor();
    await picture(page, `${colorScheme}-${words.language}-live`);
    await expectAccessible(page, "live place");
    // Nobody edited it, and it is one message.
    expect(await page.getByText(words.thread.edited, { exact: true }).count()).toBe(0);
    expect(await page.locator("[data-message]").count()).toBe(1);
    await new Promise((soon) => setTimeout(soon, 5_000));
    await phone.move(message, { number: 2, latitude: 48.86, longitude: 2.36 });
    await card.getByText("48.86000, 2.36000").waitFor();
    await phone.endPlace(message);
    await page.locator("[data-live=ended]").getByText(words.map.liveEnded).waitFor();
    expect(await page.content()).not.toContain("48.86000");
    await picture(page, `${colorScheme}-${words.language}-live-ended`);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
