import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { goTo, openConversation, openPage, signIn } from "../e2e/harness/browser";
import { Phone } from "../e2e/harness/phone";
import { landscape } from "../e2e/harness/pictures";
import { browser, server } from "../e2e/harness/scene";
import { STORIES, type Story } from "./story";

const IMAGES = new URL("../../docs/images/", import.meta.url).pathname;

/** The people of the story write; the last who wrote is the first of the list, and the one that is opened. */
async function told(story: Story): Promise<string> {
  let opened = "";
  for (const { sub, name, email, title, says } of story.people.toReversed()) {
    const phone = await Phone.signInAs(server, { sub, name, email });
    opened = await phone.open(title);
    for (const text of says) await phone.write(opened, text);
    if (says.length > 1) await phone.send(opened, [await phone.upload(landscape(1_200, 800, 3), "lamp.png")]);
  }
  return opened;
}

/** Draws one, when everything that moves stands still. */
async function draw(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(700);
  await page.evaluate(() => Promise.all(document.getAnimations().map((it) => it.finished.catch(() => {}))));
  await page.screenshot({ path: `${IMAGES}${name}.png` });
}

async function dialog(page: Page, keys: string[], name: string): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
  await page.locator("dialog[open]").waitFor();
  await draw(page, name);
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
}

/** All pictures of one language, on the server of the scene. */
export async function drawAll(language: keyof typeof STORIES): Promise<void> {
  const story = STORIES[language];
  mkdirSync(IMAGES, { recursive: true });
  const of = (name: string) => `guide-${name}-${language}`;
  server.addAgent("Olive Ott", "olive@example.com", "owner");
  const conversation = await told(story);
  const { page } = await openPage(browser, {
    locale: story.locale,
    viewport: { width: 1360, height: 850 },
  });
  await signIn(page, server, "olive@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").first().waitFor();
  await page.fill("#composer", story.people[0]?.answer ?? "");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=sent]").first().waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.fill("#composer", story.note);
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-note]").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  await page.fill("#composer", story.draft);
  await draw(page, of("inbox"));
  await page.keyboard.press("Escape");
  await dialog(page, ["s"], of("snooze"));
  await dialog(page, ["c"], of("person"));
  await dialog(page, ["d"], of("ledger"));
  await dialog(page, ["Control+k"], of("palette"));
  await dialog(page, ["?"], of("keys"));
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  for (const section of ["security", "people", "hours", "apps", "log"]) {
    await page.locator(`[data-section=${section}]`).click();
    await draw(page, of(section));
  }
}
