import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { count, goTo, openConversation, openPage, picture, row, signIn, until } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana", "emile");

const expectCounts = (page: Page, wanted: Record<string, number>) =>
  until(async () => {
    const counts: Record<string, number> = {};
    for (const view of Object.keys(wanted)) counts[view] = await count(page, view);
    expect(counts).toEqual(wanted);
  });

test("a conversation is taken on, handed over, closed, opened again by hand and by its user", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Address");
  await phone.write(conversation, "Can I change the address?");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "unassigned");
  await expectCounts(page, { mine: 0, unassigned: 1, all: 1, closed: 0 });
  await openConversation(page, conversation);

  await page.getByRole("button", { name: "Take on" }).click();
  await expectCounts(page, { mine: 1, unassigned: 0, all: 1 });
  await goTo(page, "mine");
  await openConversation(page, conversation);

  await page.getByRole("button", { name: "Assigned to Ana Moreau" }).click();
  await page.getByRole("combobox").fill("emile");
  await picture(page, "assign");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Assigned to Émile Renard" }).waitFor();
  await expectCounts(page, { mine: 0, unassigned: 0, all: 1 });
  await row(page, conversation).waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Assigned to Émile Renard" }).click();
  await page.getByRole("option", { name: "Nobody" }).click();
  await expectCounts(page, { unassigned: 1 });

  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expectCounts(page, { unassigned: 0, all: 0, closed: 1 });
  await goTo(page, "closed");
  await openConversation(page, conversation);
  await page.getByRole("button", { name: "Reopen" }).click();
  await expectCounts(page, { unassigned: 1, all: 1, closed: 0 });

  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expectCounts(page, { all: 0, closed: 1 });
  await phone.write(conversation, "One more thing");
  await expectCounts(page, { unassigned: 1, all: 1, closed: 0 });
  await page.getByRole("button", { name: "Close", exact: true }).waitFor();

  // The server agrees with everything that was shown.
  await page.reload();
  await expectCounts(page, { mine: 0, unassigned: 1, all: 1, closed: 0 });
  expect(complaints).toEqual([]);
});

test("a dialog goes with the conversation for which it was opened", async () => {
  const phone = await Phone.signIn(server);
  const [one, other] = [await phone.open("One"), await phone.open("Other")];
  await phone.write(one, "This one");
  await phone.write(other, "That one");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, other);
  await openConversation(page, one);
  await page.waitForURL(new RegExp(one));
  await page.locator("#thread").focus();
  for (const [key, kind] of [
    ["l", "tags"],
    ["a", "assign"],
    ["s", "snooze"],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByRole("dialog").waitFor();
    await page.evaluate(() => history.back());
    await page.waitForURL(new RegExp(other));
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.evaluate(() => history.forward());
    await page.waitForURL(new RegExp(one));
    expect(await page.getByRole("dialog").count(), kind).toBe(0);
  }
  // What is about no conversation stays.
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.evaluate(() => history.back());
  await page.waitForURL(new RegExp(other));
  expect(await page.getByRole("dialog").count()).toBe(1);
  expect(complaints).toEqual([]);
});
