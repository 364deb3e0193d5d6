import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { goTo, openConversation, openPage, signIn } from "../e2e/harness/browser";
import { Phone } from "../e2e/harness/phone";
import { landscape } from "../e2e/harness/pictures";
import { browser, server } from "../e2e/harness/scene";
import { personWords } from "../src/inbox/person/words";
import { en } from "../src/settings/words/en";
import { fr } from "../src/settings/words/fr";
import { STORIES, type Story } from "./story";

const USUAL = { width: 1360, height: 850 };
/** With room for the card beside the conversation, or for a long page of the settings. */
const TALL = { width: 1440, height: 1100 };
const IMAGES = new URL("../../docs/images/", import.meta.url).pathname;

/** The people of the story write; the last who wrote is the first of the list, and the one that is opened. */
async function told(story: Story): Promise<string> {
  let opened = "";
  const { fields, screen, locale } = story;
  const there = {
    os: "iOS",
    os_version: "26.1",
    device_model: "iPhone 17",
    app_version: "4.1",
    time_zone: "Europe/Stockholm",
  };
  for (const { sub, name, email, title, says } of story.people.toReversed()) {
    const phone = await Phone.signInAs(server, { sub, name, email, tidings_fields: fields.user });
    opened = await phone.open(title, { context: { ...there, locale }, fields: fields.conversation });
    for (const text of says) await phone.writeFrom(opened, text, { ...there, locale, screen });
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

/** Day by day, with a holiday, instead of at all times. */
async function setHours(page: Page, language: keyof typeof STORIES): Promise<void> {
  const words = { en, fr }[language].hours;
  await page.getByLabel(words.byHours).first().check();
  await page.getByRole("button", { name: words.addHoliday }).first().click();
  await page.getByLabel(words.holiday).first().fill(STORIES[language].holiday);
  await page.getByLabel(words.date).first().fill("2026-12-25");
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
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
    viewport: USUAL,
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
  await page.setViewportSize(TALL);
  await page.keyboard.press("c");
  await page.getByRole("button", { name: personWords[language].beside }).click();
  await page.locator("aside [data-trail]").first().waitFor();
  await draw(page, of("person"));
  await page.locator("aside [data-person] button").first().click();
  await page.setViewportSize(USUAL);
  await dialog(page, ["d"], of("ledger"));
  await dialog(page, ["Control+k"], of("palette"));
  await dialog(page, ["?"], of("keys"));
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  for (const section of ["security", "people", "hours", "apps", "log"]) {
    await page.locator(`[data-section=${section}]`).click();
    await page.setViewportSize(["hours", "apps"].includes(section) ? TALL : USUAL);
    if (section === "hours") await setHours(page, language);
    await draw(page, of(section));
  }
}
