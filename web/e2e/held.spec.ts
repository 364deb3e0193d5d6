import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { heldWords } from "../src/inbox/held/words";
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
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

let phone: Phone;
const words = heldWords.en;

setTheScene("ana", "bastien");
beforeAll(async () => {
  server.addAgent("Tim Tran", "tim@example.com", "trainee");
  phone = await Phone.signIn(server);
});

async function asked(title: string): Promise<string> {
  const conversation = await phone.open(title);
  await phone.write(conversation, "Where is it?");
  return conversation;
}

async function before(who: string, conversation: string, options: Parameters<typeof openPage>[1] = {}) {
  const it = await openPage(browser, { hold: 30, ...options });
  await signIn(it.page, server, `${who}@example.com`);
  await goTo(it.page, "all");
  await openConversation(it.page, conversation);
  await it.page.locator("[data-message]").getByText("Where is it?").waitFor();
  return it;
}

const said = async (conversation: string) => (await phone.messages(conversation)).map(textOf);
const held = (page: Page) => page.locator("[data-held]");
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** Writes a reply and chooses when it goes out. */
async function leave(page: Page, text: string, preset: string | Date): Promise<void> {
  await page.fill("#composer", text);
  await page.keyboard.press("Control+Shift+L");
  const dialog = page.getByRole("dialog", { name: words.laterTitle });
  await dialog.waitFor();
  if (typeof preset === "string") await dialog.locator(`[data-preset=${preset}]`).click();
  await dialog.waitFor({ state: "detached" });
}

test("a reply that is held is seen and had back by a colleague, also when its author's page is closed", async () => {
  const conversation = await asked("Held for all");
  const ana = await before("ana", conversation);
  await ana.page.fill("#composer", "Wrong person, sorry");
  await ana.page.keyboard.press("Control+Enter");
  await ana.page.locator("[data-held=undo]").waitFor();
  await ana.page.close();
  const bastien = await before("bastien", conversation);
  await bastien.page.locator("[data-held=undo]").getByText("Ana Moreau").waitFor();
  await bastien.page.locator("[data-held]").getByRole("button", { name: words.undo }).click();
  await until(async () => expect(await bastien.page.inputValue("#composer")).toBe("Wrong person, sorry"));
  await held(bastien.page).waitFor({ state: "detached" });
  expect(await said(conversation)).toEqual(["Where is it?"]);
  expect(bastien.complaints).toEqual([]);
});

test("a reply goes out while no page is open", async () => {
  const conversation = await asked("Nobody here");
  const { page } = await before("ana", conversation, { hold: 5 });
  await page.fill("#composer", "On its way");
  await page.keyboard.press("Control+Enter");
  await held(page).waitFor();
  await page.close();
  expect(await said(conversation)).toEqual(["Where is it?"]);
  await until(async () => expect(await said(conversation)).toEqual(["Where is it?", "On its way"]));
});

test("a reply waits until its time, on the list too; its time is changed, and it is sent now", async () => {
  const conversation = await asked("Tomorrow");
  const { page, complaints } = await before("ana", conversation);
  await leave(page, "Good morning!", "tomorrow");
  await page.locator("[data-held=time]").getByText("Goes out").waitFor();
  await row(page, conversation).getByText("Send later").waitFor({ state: "attached" });
  await picture(page, "held-scheduled");
  await expectAccessible(page, "scheduled");
  await button(page, words.otherTime).click();
  await page.getByRole("dialog", { name: words.timeTitle }).locator("[data-preset]").last().click();
  await page.locator("[data-held=time]").waitFor();
  await page.reload();
  await page.locator("[data-held=time]").getByText("Good morning!").waitFor();
  expect(await said(conversation)).toEqual(["Where is it?"]);
  await button(page, words.sendNow).click();
  await held(page).waitFor({ state: "detached" });
  await until(async () => expect(await said(conversation)).toEqual(["Where is it?", "Good morning!"]));
  expect(complaints).toEqual([]);
});

test("what was overtaken comes back to its author with the reason, and is neither sent nor lost", async () => {
  const conversation = await asked("Overtaken while held");
  const { page, complaints } = await before("ana", conversation, { hold: 5 });
  await page.fill("#composer", "It comes on Monday");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-held=undo]").waitFor();
  await phone.write(conversation, "It has come!");
  await page.locator("[data-held=author]").getByText("somebody wrote").waitFor();
  expect(await said(conversation)).toEqual(["Where is it?", "It has come!"]);
  await goTo(page, "drafts");
  await row(page, conversation).waitFor();
  await openConversation(page, conversation);
  await page.locator("[data-held=author]").waitFor();
  await picture(page, "held-returned");
  await expectAccessible(page, "returned");
  await page.locator("[data-message]").getByText("It has come!").waitFor();
  await button(page, words.edit).click();
  await until(async () => expect(await page.inputValue("#composer")).toBe("It comes on Monday"));
  await held(page).waitFor({ state: "detached" });
  expect(await said(conversation)).toEqual(["Where is it?", "It has come!"]);
  expect(complaints).toEqual([]);
});

test("what a trainee writes goes out when an agent approves it, with other words if need be", async () => {
  const conversation = await asked("Learning");
  const tim = await before("tim", conversation);
  await tim.page.fill("#composer", "We will send the blue one on Monday.");
  await tim.page.keyboard.press("Control+Enter");
  await tim.page.locator("[data-held=approval]").waitFor();
  await picture(tim.page, "approval-trainee");
  await expectAccessible(tim.page, "trainee who waits");

  const ana = await before("ana", conversation);
  await goTo(ana.page, "approvals");
  expect(await count(ana.page, "approvals")).toBe(1);
  await openConversation(ana.page, conversation);
  await ana.page.locator("[data-held=approval]").waitFor();
  await picture(ana.page, "approval-view");
  await ana.page.locator("[data-held=approval]").getByText("Tim Tran").waitFor();
  await button(ana.page, words.sendBack).click();
  await ana.page.getByLabel(words.noteLabel).fill("Say sorry first.");
  await ana.page.getByLabel(words.noteLabel).dispatchEvent("keydown", { key: "Escape", isComposing: true });
  expect(await ana.page.getByLabel(words.noteLabel).inputValue()).toBe("Say sorry first.");
  await button(ana.page, words.sendBackNow).click();
  await tim.page.locator("[data-held=author]").getByText("Say sorry first.").waitFor();
  await picture(tim.page, "approval-sent-back");
  await button(tim.page, words.edit).click();
  await held(tim.page).waitFor({ state: "detached" });
  await tim.page.fill("#composer", "Sorry! We will send the blue one on Monday.");
  await tim.page.keyboard.press("Control+Enter");

  await ana.page.locator("[data-held=approval]").getByText("Sorry!").waitFor();
  await button(ana.page, words.change).click();
  await ana.page.getByLabel(words.textLabel).fill("Sorry! We will send the blue one on Tuesday.");
  const diff = ana.page.locator("[data-diff]");
  expect(await diff.locator("del").allTextContents()).toEqual(["Monday"]);
  expect(await diff.locator("ins").allTextContents()).toEqual(["Tuesday"]);
  await picture(ana.page, "approval-diff");
  await expectAccessible(ana.page, "approval with changes");
  await button(ana.page, words.sendChanged).click();
  await held(ana.page).waitFor({ state: "detached" });
  await until(async () =>
    expect(await said(conversation)).toEqual([
      "Where is it?",
      "Sorry! We will send the blue one on Tuesday.",
    ]),
  );
  await held(tim.page).waitFor({ state: "detached" });
  expect([...tim.complaints, ...ana.complaints]).toEqual([]);
});

test("words for an approval outlive a reload, and stand above the field when a colleague was quicker", async () => {
  const conversation = await asked("Two who approve");
  const tim = await before("tim", conversation);
  await tim.page.fill("#composer", "On Monday.");
  await tim.page.keyboard.press("Control+Enter");
  const ana = await before("ana", conversation);
  await ana.page.fill("#composer", "My own reply, half done");
  await ana.page.locator("[data-held=approval]").waitFor();
  await button(ana.page, words.change).click();
  await ana.page.getByLabel(words.textLabel).fill("On Monday, before noon.");
  await ana.page.reload();
  await until(async () =>
    expect(await ana.page.getByLabel(words.textLabel).inputValue()).toBe("On Monday, before noon."),
  );
  const ben = await before("bastien", conversation);
  await button(ben.page, words.approve).click();
  const left = ana.page.locator("[data-left-over]");
  await left.waitFor();
  expect(await left.locator("textarea").inputValue()).toBe("On Monday, before noon.");
  await expectPictured(ana.page, "approval-left-over");
  await left.getByRole("button", { name: words.leftOverUse }).click();
  await left.waitFor({ state: "detached" });
  expect(await ana.page.inputValue("#composer")).toContain("On Monday, before noon.");
  expect(await ana.page.inputValue("#composer")).toContain("My own reply, half done");
  expect(await said(conversation)).toEqual(["Where is it?", "On Monday."]);
  expect([...tim.complaints, ...ana.complaints, ...ben.complaints]).toEqual([]);
});

test("what is held keeps WCAG 2.2 AA and 320 pixels", async () => {
  const conversation = await asked("Small");
  const { page, complaints } = await before("ana", conversation, { locale: "fr-FR" });
  await page.fill("#composer", "Demain, alors !");
  await page.keyboard.press("Control+Shift+L");
  const dialog = page.getByRole("dialog", { name: heldWords.fr.laterTitle });
  await dialog.waitFor();
  await expectPictured(page, "held-later");
  await dialog.locator("[data-preset=tomorrow]").click();
  await page.locator("[data-held=time]").waitFor();
  await page.setViewportSize({ width: 320, height: 800 });
  await expectPictured(page, "held-320");
  expect(complaints).toEqual([]);
});
