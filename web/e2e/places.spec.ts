import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
import { expectAccessible, goTo, openConversation, openPage, picture, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

let conversation: string;

setTheScene("ana");
beforeAll(async () => {
  const phone = await Phone.signInAs(server, { sub: "l-1", name: "Inès Laurent", email: "ines@example.fr" });
  conversation = await phone.open("Where to pick up?");
  const measured_at = "2026-11-20T09:30:00Z";
  const paris = { type: "location", latitude: 48.8566, longitude: 2.3522, label: "Rue de Rivoli, Paris" };
  await phone.send(conversation, [{ ...paris, accuracy_m: 12, measured_at }]);
  await phone.send(conversation, [
    { type: "text", text: "Or here, somewhere on the island:" },
    { type: "location", latitude: -17.8, longitude: 178.0, label: "\u202eFiji<b>", accuracy_m: 90_000 },
  ]);
  await phone.write(conversation, "Which one?");
});

async function opened(options = {}): Promise<{ page: Page; complaints: string[]; asked: string[] }> {
  const it = await openPage(browser, options);
  const asked: string[] = [];
  it.page.on("request", (request) => asked.push(request.url()));
  await signIn(it.page, server, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, conversation);
  await it.page.locator("[data-message]").getByText("Which one?").waitFor();
  await it.page.locator("[data-place] svg[data-world]").nth(1).waitFor();
  return { ...it, asked };
}

for (const [colorScheme, words, locale] of [
  ["light", en, "en-GB"],
  ["dark", fr, "fr-FR"],
] as const)
  test(`a place is a card with a still map, ${colorScheme}, ${words.language}`, async () => {
    const { page, complaints, asked } = await opened({ colorScheme, locale });
    await picture(page, `${colorScheme}-${words.language}-places`);
    await expectAccessible(page, "places");
    const card = page.locator("[data-place]").first();
    await card.getByText("48.85660, 2.35220").waitFor();
    await card.getByRole("img", { name: words.map.label("Rue de Rivoli, Paris") }).waitFor();
    // What turns letters around is gone; what looks like markup is text.
    await page.locator("[data-place]").nth(1).getByText("Fiji<b>", { exact: true }).waitFor();
    // Nobody but the company's own server hears of it.
    expect(asked.filter((address) => !address.startsWith(server.url))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

test("its coordinates are copied, and it opens in the map that the operator chose", async () => {
  const { page, complaints } = await opened({ permissions: ["clipboard-read", "clipboard-write"] });
  const card = page.locator("[data-place]").first();
  await card.getByRole("button", { name: en.map.copy }).focus();
  await page.keyboard.press("Enter");
  await card.getByText(en.map.copied).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("48.856600, 2.352200");
  const link = card.getByRole("link", { name: en.map.open });
  expect(await link.getAttribute("href")).toBe(
    "https://www.openstreetmap.org/?mlat=48.856600&mlon=2.352200#map=17/48.856600/2.352200",
  );
  expect(await link.getAttribute("rel")).toContain("noreferrer");
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("without its map a place keeps its size, its words and its coordinates", async () => {
  const { page } = await openPage(browser, { viewport: { width: 320, height: 640 } });
  await page.route("**/world-*.json", (route) => route.abort());
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  const card = page.locator("[data-place]").first();
  await card.getByText("48.85660, 2.35220").waitFor();
  expect((await card.getByRole("img").boundingBox())?.height).toBeGreaterThan(100);
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
  await expectAccessible(page, "320 places");
  await picture(page, "320-places");
  await page.context().close();
});
