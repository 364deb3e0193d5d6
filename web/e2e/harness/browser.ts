import { mkdirSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { PASSWORD, type Server } from "./server";

const SCREENS = new URL("../../../artefacts/screens/", import.meta.url).pathname;

export function launch(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/** What a page complained about: policy violations, exceptions, errors of the console; and what it asks although it is refused. */
export interface Watched {
  page: Page;
  complaints: string[];
}

/** What the browser says by itself when a server is away or an answer is an error: expected, and not ours to silence. */
const EXPECTED = /Failed to load resource|WebSocket connection to|net::ERR_/;

/** How often one and the same request may be refused before the page is said not to listen. */
const REFUSALS = 4;
/** What the server answers to what it will not do, however often it is asked. */
const REFUSED: readonly number[] = [400, 403, 404, 422];

/** `hold`: seconds in which a reply can be had back; none, so that tests of other things do not wait. */
type Options = BrowserContextOptions & { hold?: 0 | 5 | 10 | 30 };

export async function openPage(browser: Browser, { hold = 0, ...options }: Options = {}): Promise<Watched> {
  const context = await browser.newContext({
    locale: "en-GB",
    viewport: { width: 1440, height: 900 },
    // Only what is about the worker itself has one: a request that it answers cannot be looked at.
    serviceWorkers: "block",
    ...options,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  const refusals = new Map<string, number>();
  page.on("response", (response) => {
    if (!REFUSED.includes(response.status())) return;
    const what = `${response.status()} ${response.request().method()} ${response.url()}`;
    const times = (refusals.get(what) ?? 0) + 1;
    refusals.set(what, times);
    if (times === REFUSALS) complaints.push(`refused ${times} times: ${what}`);
  });
  await context.addInitScript((seconds) => localStorage.setItem("tidings.hold", seconds), String(hold));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return { page, complaints };
}

export async function signIn(page: Page, server: Server, email: string): Promise<void> {
  await page.goto(server.url);
  await page.fill("input[name=email]", email);
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("nav:visible");
}

/** Opens a view by its link. */
export async function goTo(
  page: Page,
  view: "mine" | "unassigned" | "all" | "snoozed" | "closed" | "approvals" | "mentions" | "drafts",
): Promise<void> {
  await page.locator(`[data-view=${view}]:visible`).click();
  await page.waitForURL(new RegExp(`/${view}`));
}

/** A row of the list, by the conversation's id. */
export const row = (page: Page, conversation: string) => page.locator(`[data-conversation=${conversation}]`);

export async function openConversation(page: Page, conversation: string): Promise<void> {
  await row(page, conversation).click();
  // A pointer that rests over the list holds its order: whoever goes on to read takes it away.
  await page.mouse.move(2, 2);
  await page.waitForSelector("#composer");
}

export const count = async (page: Page, view: string): Promise<number> =>
  Number(await page.locator(`[data-view=${view}]:visible [data-count]`).getAttribute("data-count"));

/** The messages on the screen, from top to bottom, are these and no others, as soon as everything is drawn. */
export function showsTexts(page: Page, texts: string[]): Promise<void> {
  const shown = page.locator("[data-message] p[dir=auto], [data-pending] p[dir=auto]");
  return until(async () => expect(await shown.allTextContents()).toEqual(texts));
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENS, { recursive: true });
  await page.screenshot({ path: `${SCREENS}${name}.png` });
}

/** As if the language were chosen in another tab: what is open stays open, and what has the focus keeps it. */
async function speak(page: Page, language: "en" | "fr"): Promise<void> {
  await page.evaluate((chosen) => {
    localStorage.setItem("tidings.language", chosen);
    dispatchEvent(new StorageEvent("storage", { key: "tidings.language" }));
  }, language);
  await page.waitForFunction((chosen) => document.documentElement.lang === chosen, language);
}

/** Looks at a page in both languages and both themes, its own last: it is left as it was. */
async function inEachLook(page: Page, see: (look: string) => Promise<void>): Promise<void> {
  const { isFrench, isDark } = await page.evaluate(() => ({
    isFrench: document.documentElement.lang === "fr",
    isDark: matchMedia("(prefers-color-scheme: dark)").matches,
  }));
  for (const language of isFrench ? (["en", "fr"] as const) : (["fr", "en"] as const)) {
    await speak(page, language);
    for (const colorScheme of isDark ? (["light", "dark"] as const) : (["dark", "light"] as const)) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      await see(`${colorScheme}-${language}`);
    }
  }
}

/** Holds a page against WCAG 2.0 to 2.2, A and AA, in both languages and both themes; nothing of it stands out to the side. */
export const expectAccessible = (page: Page, what: string): Promise<void> =>
  inEachLook(page, (look) => expectNoFault(page, `${what}, ${look}`));

/** So, and takes a picture of each. */
export const expectPictured = (page: Page, what: string): Promise<void> =>
  inEachLook(page, async (look) => {
    await picture(page, `${look}-${what}`);
    await expectNoFault(page, `${what}, ${look}`);
  });

/** Waits for colours that are changing. They begin with the next frame, and what is inherited goes on after what it is of. */
const settled = (page: Page) =>
  page.evaluate(async () => {
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
      const changing = document.getAnimations();
      if (changing.length === 0) return;
      await Promise.all(changing.map((animation) => animation.finished.catch(() => {})));
    }
  });

async function expectNoFault(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  const { faults, over } = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({
      runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
    });
    const faults = violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`),
    );
    return { faults, over: document.documentElement.scrollWidth - window.innerWidth };
  });
  expect(faults, what).toEqual([]);
  expect(over, `pixels that ${what} is too wide`).toBeLessThanOrEqual(0);
}

/** Waits until something holds; the last failure is the message. */
export async function until(check: () => Promise<void> | void, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
