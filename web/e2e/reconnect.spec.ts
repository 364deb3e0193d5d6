import { expect, test } from "vitest";
import { goTo, openConversation, openPage, picture, showsTexts, signIn, until } from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana");

test("a killed server costs nothing: what was written waits, arrives once, and live goes on", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Outage");
  await phone.write(conversation, "one");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("one").waitFor();
  let loads = 0;
  page.on("load", () => loads++);

  await server.kill();
  await page.getByText("Reconnecting").waitFor();
  await page.fill("#composer", "two");
  await page.keyboard.press("Control+Enter");
  await page.fill("#composer", "three");
  await page.keyboard.press("Control+Enter");
  await page.locator('[data-pending] [data-status="waiting"]').first().waitFor();
  await showsTexts(page, ["one", "two", "three"]);
  expect(await page.locator("body").innerText()).not.toMatch(/refresh|reload/i);
  await picture(page, "reconnecting");

  await server.up();
  await until(
    async () => expect((await phone.messages(conversation)).map(textOf)).toEqual(["one", "two", "three"]),
    70_000,
  );
  await page.locator("[data-pending]").first().waitFor({ state: "detached" });
  await page.getByText("Reconnecting").waitFor({ state: "detached", timeout: 70_000 });

  await phone.write(conversation, "four");
  await page.locator("[data-message]").getByText("four").waitFor();
  await showsTexts(page, ["one", "two", "three", "four"]);
  expect(loads).toBe(0);
  expect(complaints).toEqual([]);
}, 180_000);

test("what the app wrote while this page was cut off comes by itself", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Cut off");
  await phone.write(conversation, "before");
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("before").waitFor();

  await page.context().setOffline(true);
  await server.kill();
  await server.up();
  for (const text of ["while", "you", "were", "away"]) await phone.write(conversation, text);
  await page.context().setOffline(false);
  await page.locator("[data-message]").getByText("away").waitFor({ timeout: 70_000 });
  await showsTexts(page, ["before", "while", "you", "were", "away"]);
}, 180_000);

test("several kills in a row, writing all the time: each message once and in order", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Storm");
  await phone.write(conversation, "start");
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("start").waitFor();
  const written: string[] = ["start"];
  for (let round = 0; round < 3; round++) {
    for (let step = 0; step < 4; step++) {
      const text = `round ${round} step ${step}`;
      written.push(text);
      await page.fill("#composer", text);
      await page.keyboard.press("Control+Enter");
      if (step === 1) await server.kill();
    }
    await server.up();
    // A network that returns cuts the wait short, as it would for a person.
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
  }
  await until(async () => expect((await phone.messages(conversation)).map(textOf)).toEqual(written), 90_000);
  await until(async () => expect(await page.locator("[data-pending]").count()).toBe(0), 30_000);
}, 240_000);
