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

test("a thousand conversations are picked, closed and had back by a few keys", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, AGENT);
  await goTo(page, "all");
  await page.locator("[data-conversation]").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.getByRole("button", { name: "Pick all 50 shown" }).click();
  await page.getByRole("button", { name: "Pick the first 1,000" }).click();
  await page.locator("[data-picks='1000']").waitFor({ timeout: 30_000 });
  await page.getByText("At most 1,000 at a time.").waitFor();
  await picture(page, "picked-thousand");
  await page.keyboard.press("e");
  await page.locator("[data-done=state]").getByText("1,000 closed").waitFor();
  await page.keyboard.press("z");
  await page.locator("[data-done=state]").waitFor({ state: "detached" });
  // Those that had reached the server are opened again there.
  await until(async () => expect(await count(page, "closed")).toBe(0), 60_000);
  expect(complaints).toEqual([]);
}, 240_000);
