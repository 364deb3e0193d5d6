import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import {
  expectAccessible,
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

setTheScene("ana", "bastien");

/** Two agents before the same conversation; Bastien's page does not hear what happens. */
async function twoAgents(title: string) {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open(title);
  await phone.write(conversation, "Can you help me?");
  const ana = await openPage(browser);
  const bastien = await openPage(browser);
  for (const [{ page }, email] of [
    [ana, "ana@example.com"],
    [bastien, "bastien@example.com"],
  ] as const) {
    await signIn(page, server, email);
    await goTo(page, "all");
    await openConversation(page, conversation);
    await page.locator("[data-message]").getByText("Can you help me?").waitFor();
  }
  return { phone, conversation, ana, bastien };
}

test("a reply that was overtaken is held, shows what was unseen, and goes when its author says so", async () => {
  const { phone, conversation, ana, bastien } = await twoAgents("Overtaken");
  await bastien.page.context().setOffline(true);
  await bastien.page.fill("#composer", "Yes, of course.");
  await bastien.page.keyboard.press("Control+Enter");
  await bastien.page.locator("[data-pending]").waitFor();
  await ana.page.fill("#composer", "Ana is on it.");
  await ana.page.keyboard.press("Control+Enter");
  await ana.page.locator("[data-status=sent]").waitFor();
  await phone.write(conversation, "Thanks Ana!");
  await bastien.page.context().setOffline(false);

  const decision = bastien.page.locator("[data-decision]");
  await decision.waitFor({ timeout: 70_000 });
  expect(await decision.locator("li").allTextContents()).toEqual([
    expect.stringContaining("Ana is on it."),
    expect.stringContaining("Thanks Ana!"),
  ]);
  expect((await phone.messages(conversation)).map(textOf)).not.toContain("Yes, of course.");
  await picture(bastien.page, "moved");
  await expectAccessible(bastien.page, "moved");

  // The question outlives a reload.
  await bastien.page.reload();
  await decision.waitFor();
  await decision.getByRole("button", { name: "Send anyway" }).click();
  await until(async () =>
    expect((await phone.messages(conversation)).map(textOf)).toEqual([
      "Can you help me?",
      "Ana is on it.",
      "Thanks Ana!",
      "Yes, of course.",
    ]),
  );
  await decision.waitFor({ state: "detached" });
  expect([...ana.complaints, ...bastien.complaints]).toEqual([]);
}, 120_000);

test("an overtaken reply can be taken back into the composer, and is not sent", async () => {
  const { phone, conversation, ana, bastien } = await twoAgents("Taken back");
  await bastien.page.context().setOffline(true);
  await bastien.page.fill("#composer", "Too late");
  await bastien.page.keyboard.press("Control+Enter");
  await bastien.page.locator("[data-pending]").waitFor();
  await ana.page.fill("#composer", "Done already.");
  await ana.page.keyboard.press("Control+Enter");
  await ana.page.locator("[data-status=sent]").waitFor();
  await bastien.page.context().setOffline(false);
  await bastien.page.getByRole("button", { name: "Change it" }).click({ timeout: 70_000 });
  await until(async () => expect(await bastien.page.inputValue("#composer")).toBe("Too late"));
  await bastien.page.locator("[data-pending]").waitFor({ state: "detached" });
  await bastien.page.reload();
  await bastien.page.waitForSelector("#composer");
  expect(await bastien.page.inputValue("#composer")).toBe("Too late");
  expect((await phone.messages(conversation)).map(textOf)).toEqual(["Can you help me?", "Done already."]);
}, 120_000);

test("colleagues see by name who is writing an answer, above the field and in the list, and nobody sees themselves", async () => {
  const { ana, bastien } = await twoAgents("Writing at once");
  await ana.page.locator("#composer").pressSequentially("I look into");
  const above = bastien.page.locator("[data-writing=colleague]");
  await above.waitFor();
  expect(await above.textContent()).toBe("Ana Moreau is writing an answer…");
  expect(await bastien.page.getByText("Ana Moreau is writing…").count()).toBe(1);
  expect(await ana.page.locator("[data-writing=colleague]").count()).toBe(0);
  await picture(bastien.page, "colleague-writes");
  await expectAccessible(bastien.page, "colleague-writes");
  // Sent: they are not writing any more, before the time of their last word is over.
  await ana.page.keyboard.press("Control+Enter");
  await bastien.page.locator("[data-message]").getByText("I look into").waitFor();
  await above.waitFor({ state: "detached", timeout: 2_000 });
  expect([...ana.complaints, ...bastien.complaints]).toEqual([]);
}, 60_000);

test("what comes while a page lies in the background was not before anybody's eyes", async () => {
  const { phone, conversation, ana, bastien } = await twoAgents("Background");
  await bastien.page.fill("#composer", "Yes, of course.");
  // Let everything that stands there be seen, then look at something else.
  await new Promise((soon) => setTimeout(soon, 1_000));
  await bastien.page.evaluate(() => {
    document.hasFocus = () => false;
    window.dispatchEvent(new Event("blur"));
  });
  await ana.page.fill("#composer", "Ana is on it.");
  await ana.page.keyboard.press("Control+Enter");
  await bastien.page.locator("[data-message]").getByText("Ana is on it.").waitFor();
  await new Promise((soon) => setTimeout(soon, 1_500));
  await bastien.page.focus("#composer");
  await bastien.page.keyboard.press("Control+Enter");
  const decision = bastien.page.locator("[data-decision]");
  await decision.getByText("Ana is on it.").waitFor();
  expect((await phone.messages(conversation)).map(textOf)).toEqual(["Can you help me?", "Ana is on it."]);
  expect([...ana.complaints, ...bastien.complaints]).toEqual([]);
}, 60_000);

test("colleagues see who looks at a conversation, above it and in the list, and no more once they go on", async () => {
  const { conversation, ana, bastien } = await twoAgents("Looked at by two");
  const above = bastien.page.locator("[data-looking]");
  await above.waitFor();
  expect(await above.getAttribute("title")).toBe("Ana Moreau is looking too");
  await ana.page.locator("[data-looking]").waitFor();
  const mark = row(bastien.page, conversation).locator("[data-looks]");
  expect(await mark.getAttribute("title")).toBe("Ana Moreau is looking at this");
  await picture(bastien.page, "looking-too");
  await expectAccessible(bastien.page, "looking-too");
  await ana.page.keyboard.press("Escape");
  await goTo(ana.page, "closed");
  await above.waitFor({ state: "detached" });
  await mark.waitFor({ state: "detached" });
  expect([...ana.complaints, ...bastien.complaints]).toEqual([]);
}, 60_000);

/** The line that says who took a conversation from whom. */
const routed = (page: Page) => page.locator("[data-routed]");

test("taking a conversation from a colleague asks first, they see it, and it can be had back", async () => {
  const { ana, bastien } = await twoAgents("Taken over");
  await ana.page.keyboard.press("Escape");
  await ana.page.keyboard.press("i");
  await routed(bastien.page).getByText("Ana Moreau took this on").waitFor();
  await bastien.page.keyboard.press("Escape");
  await bastien.page.keyboard.press("i");
  const asked = bastien.page.locator("[data-take-over]");
  await asked.getByText(/^Ana Moreau took this at/).waitFor();
  await picture(bastien.page, "take-over");
  await expectAccessible(bastien.page, "take-over");
  await asked.getByRole("button", { name: "Leave it" }).click();
  await asked.waitFor({ state: "detached" });
  expect(await bastien.page.locator("[data-done=assign]").count()).toBe(0);
  await bastien.page.keyboard.press("i");
  await asked.waitFor();
  await bastien.page.keyboard.press("Enter");
  await routed(ana.page).getByText("Bastien Roche took this over from Ana Moreau").waitFor();
  await picture(ana.page, "taken-over");
  await bastien.page.keyboard.press("z");
  await routed(ana.page).getByText("Bastien Roche assigned this to Ana Moreau").waitFor();
  expect([...ana.complaints, ...bastien.complaints]).toEqual([]);
}, 60_000);

test("what a colleague took while this page was offline is not overwritten: it says who has it, and asks", async () => {
  const { conversation, ana, bastien } = await twoAgents("Taken by two");
  await bastien.page.context().setOffline(true);
  await bastien.page.keyboard.press("Escape");
  await bastien.page.keyboard.press("i");
  await ana.page.keyboard.press("Escape");
  await ana.page.keyboard.press("i");
  await routed(ana.page).getByText("Ana Moreau took this on").waitFor();
  await bastien.page.context().setOffline(false);
  const notice = bastien.page.getByRole("alert");
  await notice.getByText(/^Ana Moreau took this at/).waitFor({ timeout: 70_000 });
  await row(bastien.page, conversation).getByText("Ana", { exact: true }).waitFor();
  await picture(bastien.page, "taken-meanwhile");
  await expectAccessible(bastien.page, "taken-meanwhile");
  await notice.getByRole("button", { name: "Take over" }).click();
  await routed(ana.page).getByText("Bastien Roche took this over from Ana Moreau").waitFor();
  expect([...ana.complaints, ...bastien.complaints]).toEqual([]);
}, 120_000);

test("a note goes along to whoever gets a conversation", async () => {
  const { conversation, ana, bastien } = await twoAgents("Handed on");
  await ana.page.keyboard.press("Escape");
  await ana.page.keyboard.press("a");
  await ana.page.getByRole("dialog").locator("textarea").fill("She prefers to be called.");
  await picture(ana.page, "assign-with-note");
  await expectAccessible(ana.page, "assign-with-note");
  await ana.page.locator("[data-choice]").getByText("Bastien Roche").click();
  await bastien.page.getByText("She prefers to be called.").first().waitFor();
  await routed(bastien.page).getByText("Ana Moreau assigned this to Bastien Roche").waitFor();
  await goTo(bastien.page, "mentions");
  await row(bastien.page, conversation).waitFor();
  expect([...ana.complaints, ...bastien.complaints]).toEqual([]);
}, 60_000);
