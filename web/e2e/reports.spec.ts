import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { reportWords } from "../src/reports/words";
import { en as enSettings } from "../src/settings/words/en";
import { en } from "../src/words/en";
import {
  expectAccessible,
  expectPictured,
  goTo,
  openConversation,
  openPage,
  picture,
  signIn,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

const it = reportWords.en;

setTheScene("ana", "bastien");
beforeAll(async () => {
  server.addAgent("Olive Ott", "olive@example.com", "owner");
});

const cell = (page: Page, chart: string, line: string, column: number) =>
  page.locator(`[data-chart=${chart}] details [data-line="${line}"] td`).nth(column);

async function reports(options: Parameters<typeof openPage>[1] = {}) {
  const opened = await openPage(browser, options);
  await signIn(opened.page, server, "ana@example.com");
  return opened;
}

const counted = (page: Page) => page.locator("[data-counting=false]").waitFor();

test("where nothing was asked it says so", async () => {
  const { page, complaints } = await reports();
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await page.getByText(it.empty).waitFor();
  await expectAccessible(page, "reports, empty");
  await picture(page, "reports-empty");
  await page.keyboard.press("Escape");
  await page.locator("[data-reports]").waitFor({ state: "detached" });
  expect(new URL(page.url()).pathname).toBe("/mine");
  expect(complaints).toEqual([]);
});

test("the numbers are those that were made, on the screen and in the file", async () => {
  const phone = await Phone.signInAs(server, { sub: "c-1", name: "Camille Petit" });
  const answered = await phone.open("A parcel");
  await phone.write(answered, "Where is it?");
  await phone.write(answered, "I have waited for a week.");
  const waiting = await phone.open("An invoice");
  await phone.write(waiting, "Could you send it again?");
  const { page, complaints } = await reports();
  await goTo(page, "all");
  await openConversation(page, answered);
  // Who answers what they have not seen yet is asked first.
  await page.locator("[data-message]").getByText("I have waited for a week.").waitFor();
  await page.keyboard.press("r");
  await page.keyboard.type("It arrives tomorrow.");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=sent]").last().waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("l");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("Parcel");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Enter");
  await page.locator("header [data-sorted]").getByText("Parcel").waitFor();
  await page.keyboard.press("Shift+E");
  await page.locator("[data-done=state]").waitFor();

  await page.goto(`${server.url}/reports?days=7&by=day&split=tag`);
  await counted(page);
  for (const details of await page.locator("[data-chart] summary").all()) await details.click();
  const volume = await Promise.all([0, 1, 2, 3].map((at) => cell(page, "volume", "total", at).innerText()));
  expect(volume).toEqual(["2", "0", "3", "1"]);
  expect(await cell(page, "first_answer", "total", 0).innerText()).toBe("1");
  expect(await cell(page, "resolution", "total", 0).innerText()).toBe("1");
  expect(await cell(page, "backlog", "total", 0).innerText()).toBe("1");
  expect(await page.locator("[data-chart=volume] details tbody tr").count()).toBe(8);
  await page.getByText(it.noneAsked).waitFor();
  const chart = await page.locator("[data-chart=backlog] svg[role=img]").getAttribute("aria-label");
  expect(chart).toContain("1, 0, 0, 0, 0, 0");

  const download = page.waitForEvent("download");
  await page.locator("[data-csv=volume]").click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^tidings-volume-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
  const rows = (await readFile(await file.path(), "utf8")).split("\r\n");
  expect(rows[0]).toContain("conversations_opened");
  expect(rows.at(-2)).toMatch(/,,total,2,0,3,1$/);

  const first = page.locator("[data-chart=volume] [data-line='group Parcel'] button").first();
  await first.click();
  await page.locator("[data-only=Parcel]").waitFor();
  await counted(page);
  expect(new URL(page.url()).searchParams.get("only")).toBe("Parcel");
  expect(await cell(page, "volume", "total", 0).innerText()).toBe("1");
  await page.getByRole("button", { name: it.all }).click();
  await page.locator("[data-only]").waitFor({ state: "detached" });
  await page.locator("select[name=split]").selectOption("agent");
  await page.locator("[data-chart=volume]").getByRole("button", { name: "Ana Moreau" }).first().waitFor();

  await page.locator("select[name=days]").selectOption("own");
  await page.locator("input[name=from]").fill("2020-01-01");
  await page.locator("input[name=until]").fill("2026-01-01");
  await page.getByRole("button", { name: it.show }).click();
  await page.getByRole("alert").getByText(it.refused).waitFor();
  // What was counted before stays.
  await page.locator("[data-chart=volume]").waitFor();
  await page.context().setOffline(true);
  await page.locator("select[name=days]").selectOption("28");
  await page.getByRole("alert").getByText(it.failed).waitFor();
  await page.context().setOffline(false);
  await page.getByRole("button", { name: it.retry }).click();
  await page.getByRole("alert").getByText(it.failed).waitFor({ state: "detached" });
  expect(complaints.filter((text) => !/ERR_INTERNET_DISCONNECTED|400/.test(text))).toEqual([]);
}, 120_000);

test("a user who is asked answers, and the score stands in the thread, on their card and in the reports", async () => {
  const { page: admin } = await openPage(browser);
  await signIn(admin, server, "olive@example.com");
  await admin.keyboard.press("g");
  await admin.keyboard.press("p");
  await admin.locator("[data-section=apps]").click();
  // The app that phones are of here was added after the one that each installation begins with.
  await admin.locator("[data-satisfaction]").nth(1).waitFor();
  const form = admin.locator("[data-satisfaction]").last();
  await form.locator("input[name=on]").check();
  await form.locator("input[name=after]").fill("0");
  await form.locator("input[name=en]").fill("Did we help you?");
  await form.getByRole("button").click();
  await form.getByText(enSettings.satisfaction.saved).waitFor();
  await expectAccessible(admin, "settings, what users think");
  await picture(admin, "settings-satisfaction");

  const phone = await Phone.signInAs(server, { sub: "c-2", name: "Noa Weiss" });
  const id = await phone.open("A refund");
  await phone.write(id, "I want my money back");
  const { page, complaints } = await reports();
  await goTo(page, "all");
  await openConversation(page, id);
  await page.locator("[data-message]").getByText("I want my money back").waitFor();
  await page.keyboard.press("r");
  await page.keyboard.type("It is on its way.");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=sent]").last().waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Shift+E");
  // This phone has told no language, so it is asked in English, with the words of the company.
  await page.getByText("Did we help you?").last().waitFor();
  const asked = (await phone.messages(id)).find(({ author }) => author.kind === "system");
  expect(asked?.parts.map(({ type }) => type)).toEqual(["text", "quick_replies"]);
  const option = { message_id: asked?.id, option_id: "satisfaction_4", label: "Good" };
  await phone.send(id, [{ type: "choice", ...option }]);
  const rating = page.locator("[data-rating='4']");
  await rating.getByText(en.part.score(4)).waitFor();
  await picture(page, "rating-thread");
  await expectAccessible(page, "a rating in the thread");
  // It opened nothing.
  await goTo(page, "closed");
  await page.locator(`[data-conversation="${id}"]`).waitFor();
  await openConversation(page, id);
  await page.keyboard.press("c");
  await page.locator("[data-rated='4']").waitFor();
  await picture(page, "rating-card");
  await page.goto(`${server.url}/reports?days=7&by=day&split=agent`);
  await counted(page);
  const total = page.locator("[data-chart=satisfaction] [data-line=total] td");
  expect(await total.allInnerTexts()).toEqual(expect.arrayContaining(["1", "1", "100%", "4.00", "100%"]));
  await picture(page, "reports-satisfaction");
  expect(complaints).toEqual([]);
}, 120_000);

test("the charts keep WCAG 2.2 AA, wide and narrow", async () => {
  const { page, complaints } = await reports({ locale: "fr-FR" });
  await page.goto(`${server.url}/reports?days=28&by=day&split=agent`);
  await page.getByRole("heading", { name: reportWords.fr.volume }).waitFor();
  await counted(page);
  await expectPictured(page, "reports");
  await page.locator("[data-chart=first_answer] summary").click();
  await expectPictured(page, "reports-table");
  await page.setViewportSize({ width: 320, height: 640 });
  const inner = await page.locator("[data-reports]").evaluate((box) => box.scrollWidth - box.clientWidth);
  expect(inner).toBeLessThanOrEqual(0);
  await expectPictured(page, "reports-320");
  expect(complaints).toEqual([]);
}, 60_000);
