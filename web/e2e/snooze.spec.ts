import { beforeAll, expect, test } from "vitest";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
import {
  count,
  expectAccessible,
  expectPictured,
  goTo,
  openConversation,
  openPage,
  picture,
  row,
  signIn,
  until,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

const HOUR = 3_600_000;

let phone: Phone;

setTheScene("ana", "bastien");
beforeAll(async () => {
  phone = await Phone.signInAs(server, { sub: "c-1", name: "Camille Petit", email: "camille@example.fr" });
});

async function opened(title: string) {
  const conversation = await phone.open(title);
  await phone.write(conversation, "Has it left?");
  const it = await openPage(browser);
  await signIn(it.page, server, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, conversation);
  await it.page.keyboard.press("Escape");
  return { conversation, ...it };
}

test("what is snoozed leaves the list, and comes back on top by itself when its time has come", async () => {
  const { conversation, page, complaints } = await opened("By the clock");
  const newer = await phone.open("Written since");
  await phone.write(newer, "Another question");
  await row(page, newer).waitFor();
  const before = await count(page, "all");
  // The agent's clock is three hours behind but for some seconds: what they call "in three hours" is soon for the server.
  await page.clock.setSystemTime(Date.now() - 3 * HOUR + 12_000);
  await page.keyboard.press("s");
  await page.locator("[data-preset=hours]").click();
  await row(page, conversation).waitFor({ state: "detached" });
  await until(async () =>
    expect([await count(page, "all"), await count(page, "snoozed")]).toEqual([before - 1, 1]),
  );
  await goTo(page, "snoozed");
  await row(page, conversation).getByText("until").waitFor();
  await goTo(page, "all");
  await row(page, conversation).getByText(en.list.woke).waitFor({ timeout: 25_000 });
  const first = page.locator("[data-conversation]").first();
  expect(await first.getAttribute("data-conversation")).toBe(conversation);
  await until(async () =>
    expect([await count(page, "all"), await count(page, "snoozed")]).toEqual([before, 0]),
  );
  expect(complaints).toEqual([]);
});

test("it comes back at once when its user writes, and its colleague sees all of it live", async () => {
  const { conversation, page } = await opened("By its user");
  const other = await openPage(browser);
  await signIn(other.page, server, "bastien@example.com");
  await goTo(other.page, "snoozed");
  await page.keyboard.press("s");
  // In about a week; on a Monday that is called so.
  await page.locator("[data-preset]").last().click();
  await row(other.page, conversation).waitFor();
  await phone.write(conversation, "It has come!");
  await row(other.page, conversation).waitFor({ state: "detached" });
  await row(page, conversation).getByText("It has come!").waitFor();
});

test("undo brings it back, another time moves it, and a time that is over is refused in words", async () => {
  const { conversation, page, complaints } = await opened("Changed my mind");
  await page.keyboard.press("s");
  await page.locator("[data-preset=hours]").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await row(page, conversation).waitFor({ state: "detached" });
  await page.locator("[data-done=snooze]").waitFor();
  await page.keyboard.press("z");
  await row(page, conversation).waitFor();
  await page.locator("#conversations").focus();
  await page.keyboard.press("s");
  await page.fill("input[type=datetime-local]", "2020-01-01T09:00");
  await page.getByRole("button", { name: "Snooze", exact: true }).last().click();
  await page.getByRole("alert").getByText("a time to come").waitFor();
  await picture(page, "snooze-fault");
  await expectAccessible(page, "snooze-fault");
  await page.keyboard.press("Escape");
  expect(complaints).toEqual([]);
});

test("priority and tags are made by keys, stand in list and thread, and go to many at once with undo", async () => {
  const { conversation, page, complaints } = await opened("Sorted");
  const second = await phone.open("Sorted too");
  await phone.write(second, "And this one?");
  await row(page, second).waitFor();
  await page.keyboard.press("p");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.press("Enter");
  await row(page, conversation).getByText(en.list.priorities.urgent).waitFor();
  await page.keyboard.press("l");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("Réclamation");
  await page.keyboard.press("Enter");
  await page.keyboard.type("VIP");
  await page.keyboard.press("Enter");
  await picture(page, "tags");
  await expectAccessible(page, "tags");
  await page.keyboard.press("Control+Enter");
  await row(page, conversation).getByText("VIP").waitFor();
  await page.locator("header [data-sorted]").getByText("Réclamation").waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("tag:reclam ");
  await page.locator("[data-found=conversation]").getByText("Sorted", { exact: true }).waitFor();
  expect(await page.locator("[data-found=conversation]").count()).toBe(1);
  const list = en.views.narrowed(en.views.all, "Réclamation");
  await page.getByRole("option", { name: en.palette.goTo(list) }).waitFor();
  await picture(page, "tag-chip");
  await expectAccessible(page, "tag-chip");
  await page.keyboard.press("Escape");
  await page.locator("#conversations").focus();
  // Both at once; what the team has is offered, however it is typed.
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+K");
  await page.getByText("2 picked").waitFor();
  await page.keyboard.press("l");
  await page.getByRole("combobox").waitFor();
  await page.locator("[data-choice=VIP]").waitFor();
  await page.keyboard.type("reclam");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Enter");
  await row(page, second).getByText("Réclamation").waitFor();
  await page.locator("[data-done=tags]").waitFor();
  await page.keyboard.press("z");
  await row(page, second).getByText("Réclamation").waitFor({ state: "detached" });
  await row(page, conversation).getByText("Réclamation").waitFor();
  // The server agrees.
  await page.waitForTimeout(500);
  await page.reload();
  await row(page, conversation).getByText("Réclamation").waitFor();
  expect(await row(page, second).getByText("Réclamation").count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("its dialogs keep WCAG 2.2 AA and fit 320 px", async () => {
  const { page } = await openPage(browser, { locale: "fr-FR" });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await page.locator("[data-conversation]").first().click();
  await page.waitForSelector("#composer");
  for (const width of [1440, 320]) {
    await page.setViewportSize({ width, height: 900 });
    for (const kind of ["snooze", "priority", "tags"] as const) {
      await page.locator("main").getByRole("button", { name: fr.triage[kind], exact: true }).click();
      await page.locator("dialog[open]").waitFor();
      await expectPictured(page, `${kind}-${width}`);
      await page.keyboard.press("Escape");
      await page.locator("dialog[open]").waitFor({ state: "detached" });
    }
  }
});
