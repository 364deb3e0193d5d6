import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AGENT, CONVERSATIONS, grown } from "../bench/large";
import { count, goTo, launch, openPage, picture, signIn, until } from "./harness/browser";
import { Phone } from "./harness/phone";
import type { Server } from "./harness/server";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await grown(CONVERSATIONS);
  browser = await launch();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

test("among 20,000 conversations the list stays short, the keys go on, and what is old is found", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, AGENT);
  await goTo(page, "all");
  const rows = page.locator("[data-conversation]");
  await rows.first().waitFor();
  // The server counts to a thousand, which stands for that many or more.
  await until(async () => expect(await count(page, "all")).toBe(1_000));
  expect(await rows.count()).toBeLessThan(60);

  const seen = new Set<string>();
  for (let step = 0; step < 120; step++) {
    await page.keyboard.press("j");
    await until(async () =>
      expect(await page.locator("[data-conversation][aria-selected=true]").count()).toBe(1),
    );
    seen.add(
      (await page.locator("[data-conversation][aria-selected=true]").getAttribute("data-conversation")) ?? "",
    );
  }
  expect(seen.size).toBe(120);
  expect(await rows.count()).toBeLessThan(60);
  await picture(page, "large");

  // The oldest of them all was never loaded.
  await page.keyboard.press("/");
  await page.keyboard.type("Customer 17");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Escape");

  const phone = await Phone.signIn(server);
  const newest = await phone.open("The newest of all");
  await phone.write(newest, "Am I on top?");
  await page.locator("#conversations").evaluate((list) => list.scrollTo(0, 0));
  await page.mouse.move(1_000, 400);
  await page.getByText("Am I on top?").first().waitFor();
  expect(complaints).toEqual([]);
}, 240_000);
