import { expect, test } from "vitest";
import { count, openPage, picture, signIn, until } from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";
import { PASSWORD } from "./harness/server";

setTheScene("ana");

test("from the sign-in to a closed conversation without a mouse", async () => {
  const phone = await Phone.signIn(server);
  const older = await phone.open("Older");
  await phone.write(older, "older");
  const newer = await phone.open("Newer");
  await phone.write(newer, "newer");
  const { page, complaints } = await openPage(browser);
  const press = (key: string) => page.keyboard.press(key);
  await page.goto(server.url);
  await page.waitForSelector("input[name=email]");
  await press("Tab");
  await page.keyboard.type("ana@example.com");
  await press("Tab");
  await page.keyboard.type(PASSWORD);
  await press("Enter");
  await page.waitForSelector("nav");

  await press("g");
  await press("a");
  await page.waitForURL(/\/all$/);
  await page.waitForSelector("[role=option]");
  await press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await picture(page, "keys");
  await press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  await press("j");
  await page.waitForURL(new RegExp(newer));
  await press("j");
  await page.waitForURL(new RegExp(older));
  await press("k");
  await page.waitForURL(new RegExp(newer));
  await press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("thread");
  // Who answers what they have not seen yet is asked first.
  await page.locator("#thread").getByText("newer").waitFor();

  await press("r");
  await page.keyboard.type("r, n, e and j are letters here");
  await press("Control+Enter");
  await until(async () =>
    expect((await phone.messages(newer)).map(textOf)).toEqual(["newer", "r, n, e and j are letters here"]),
  );
  await press("Escape");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("thread");
  await press("Escape");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("conversations");

  await press("n");
  await page.keyboard.type("a note by keys");
  await press("Control+Enter");
  await page.locator("[data-note]").getByText("a note by keys").waitFor();
  await press("Escape");

  await press("a");
  await page.getByRole("combobox").waitFor();
  await press("Enter");
  await until(async () => expect(await count(page, "mine")).toBe(1));

  await press("e");
  await until(async () => expect(await count(page, "closed")).toBe(1));
  await page.waitForURL(new RegExp(older));
  expect(await count(page, "all")).toBe(1);
  expect(complaints).toEqual([]);
});

test("single letters can be switched off, other keys stay", async () => {
  const { page } = await openPage(browser);
  await page.goto(server.url);
  await page.fill("input[name=email]", "ana@example.com");
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("nav");
  await page.keyboard.press("?");
  await page.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  const before = page.url();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.keyboard.press("?");
  await page.waitForTimeout(300);
  expect(page.url()).toBe(before);
  expect(await page.getByRole("dialog").count()).toBe(0);
});

test("a key can be changed, is refused when it is taken, survives a reload, and can be had back", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  const overview = page.getByRole("dialog", { name: "Keys" });
  const change = (action: string) => page.locator(`[data-remap=${action}]`);
  await page.keyboard.press("?");
  await change("goClosed").click();
  await page.keyboard.press("n");
  await overview.getByText("Taken by “Note”").waitFor();
  await picture(page, "keys-taken");
  await page.keyboard.press("Escape");
  await overview.waitFor();
  await change("goClosed").click();
  await page.keyboard.press("y");
  await change("goClosed").locator("kbd", { hasText: "Y" }).waitFor();
  await page.reload();
  await page.waitForSelector("nav:visible");
  await page.keyboard.press("y");
  await page.waitForURL(/\/closed$/);
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.waitForURL(/\/all$/);
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.waitForTimeout(200);
  expect(page.url()).toMatch(/\/all$/);
  await page.keyboard.press("?");
  await page.getByRole("button", { name: "Back to the original keys" }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.waitForURL(/\/closed$/);
  expect(complaints).toEqual([]);
});
