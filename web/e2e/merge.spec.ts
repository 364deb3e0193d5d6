import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { mergeWords } from "../src/inbox/merge/words";
import { triageWords } from "../src/inbox/triage/words";
import { en } from "../src/words/en";
import {
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

const words = mergeWords.en;
let phone: Phone;

setTheScene("ana", "bastien");
beforeAll(async () => {
  phone = await Phone.signInAs(server, { sub: "c-1", name: "Camille Petit", email: "camille@example.fr" });
});

/** Two conversations of one user, and the first of them open. */
async function opened(one: string, other: string) {
  const ids = [await phone.open(one), await phone.open(other)] as const;
  await phone.write(ids[0], `Where is it? ${one}`);
  await phone.write(ids[1], `I have not got it. ${other}`);
  const it = await openPage(browser);
  await signIn(it.page, server, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, ids[0]);
  await it.page.keyboard.press("Escape");
  return { one: ids[0], other: ids[1], ...it };
}

async function merge(page: Page, into: string) {
  await page.keyboard.press("m");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type(into);
  await page.locator("[data-choice]").first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator("[data-done=merge]").waitFor();
}

test("one goes into another of the same user, whose thread unfolds it, and is had back by a key", async () => {
  const { one, other, page, complaints } = await opened("Parcel", "Order");
  await page.keyboard.press("m");
  await page.getByRole("combobox").waitFor();
  await page.locator(`[data-choice=${other}]`).waitFor();
  await picture(page, "merge-picker");
  await expectAccessible(page, "merge-picker");
  await page.keyboard.type("Ord");
  await page.keyboard.press("Enter");
  await page.locator("[data-done=merge]").waitFor();
  // The one that stays is open now, and the other one is out of the list.
  expect(page.url()).toContain(other);
  await row(page, one).waitFor({ state: "detached" });
  await page.getByText(words.came("Parcel")).waitFor();
  await page.locator("[data-merge=came]").getByText(words.messages(1)).waitFor();
  await page.getByRole("button", { name: words.show }).click();
  const inside = page.locator(`[data-merged-messages=${one}]`);
  await inside.getByText("Where is it? Parcel").waitFor();
  await picture(page, "merge-unfolded");
  await expectAccessible(page, "merge-unfolded");
  await page.getByRole("button", { name: `${words.open}: Parcel` }).click();
  await page.locator("[data-goes-on]").getByText(words.goesOn("Order")).waitFor();
  expect(await page.locator("#composer").count()).toBe(0);
  await picture(page, "merge-goes-on");
  await expectAccessible(page, "merge-goes-on");
  await page.locator("#conversations").focus();
  await page.keyboard.press("z");
  await page.locator("#composer").waitFor();
  await goTo(page, "all");
  await row(page, one).waitFor();
  expect(await page.locator("[data-merge]").count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("when its user writes in it, it opens by itself, and both say why; a colleague sees it live", async () => {
  const { one, other, page, complaints } = await opened("Refund", "Invoice");
  const colleague = await openPage(browser);
  await signIn(colleague.page, server, "bastien@example.com");
  await goTo(colleague.page, "all");
  await openConversation(colleague.page, one);
  await merge(page, "Invoice");
  await colleague.page.locator("[data-goes-on]").waitFor();
  await phone.write(one, "One more thing");
  await colleague.page.getByText(words.back("Invoice")).waitFor();
  await colleague.page.locator("#composer").waitFor();
  await page.getByText(words.went("Refund")).waitFor();
  await row(page, one).getByText("One more thing").waitFor();
  await picture(page, "merge-parted");
  await expectAccessible(page, "merge-parted");
  await openConversation(page, other);
  expect(await page.locator("[data-goes-on]").count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("what was begun to be written stays, and the merge is undone where it is said", async () => {
  const { one, page, complaints } = await opened("Address", "Delivery");
  await page.keyboard.press("r");
  await page.locator("#composer").fill("Dear Camille");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await merge(page, "Delivery");
  await page.locator("[data-merge=came]").getByRole("button", { name: en.triage.unmerge }).click();
  await page.locator("[data-merge=came]").waitFor({ state: "detached" });
  await openConversation(page, one);
  await until(async () => expect(await page.locator("#composer").inputValue()).toBe("Dear Camille"));
  expect(complaints).toEqual([]);
});

test("several that are picked go into one of them, and those of different users do not", async () => {
  const ids = [await phone.open("First"), await phone.open("Second"), await phone.open("Third")];
  for (const id of ids) await phone.write(id, "hello");
  const stranger = await Phone.signInAs(server, { sub: "c-2", name: "Noor Haddad" });
  const strange = await stranger.open("Somebody else");
  await stranger.write(strange, "hello");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await row(page, strange).waitFor();
  await row(page, strange).click({ modifiers: ["ControlOrMeta"] });
  await row(page, ids[2] as string).click({ modifiers: ["ControlOrMeta"] });
  await page.getByText("2 picked").waitFor();
  await page.keyboard.press("m");
  await page.getByText(triageWords.en.mergeDifferent).waitFor();
  await picture(page, "merge-different");
  await expectAccessible(page, "merge-different");
  await page.keyboard.press("Escape");
  await row(page, strange).click({ modifiers: ["ControlOrMeta"] });
  await row(page, ids[1] as string).click({ modifiers: ["ControlOrMeta"] });
  await row(page, ids[0] as string).click({ modifiers: ["ControlOrMeta"] });
  await page.getByText("3 picked").waitFor();
  await page.keyboard.press("m");
  await page.locator(`[data-choice=${ids[0]}]`).click();
  await page.locator("[data-done=merge]").waitFor();
  await until(async () => expect(await page.locator("[data-merge=came]").count()).toBe(2));
  for (const id of ids.slice(1)) await row(page, id).waitFor({ state: "detached" });
  await page.locator("#conversations").focus();
  await page.keyboard.press("z");
  for (const id of ids) await row(page, id).waitFor();
  expect(complaints).toEqual([]);
});

test("it keeps WCAG 2.2 AA and fits 320 px", async () => {
  const one = await phone.open("The one");
  const other = await phone.open("The other");
  await phone.write(one, "hello");
  await phone.write(other, "hello");
  const { page } = await openPage(browser, { locale: "fr-FR" });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, one);
  await page.keyboard.press("Escape");
  await merge(page, "The other");
  for (const width of [1440, 320]) {
    await page.setViewportSize({ width, height: 900 });
    for (const [place, id] of [
      ["target", other],
      ["merged", one],
    ] as const) {
      await page.goto(`${server.url}/all/${id}`);
      await page.locator("[data-merge]").waitFor();
      if (place === "target") await page.getByRole("button", { name: mergeWords.fr.show }).click();
      await expectPictured(page, `merge-${place}-${width}`);
    }
  }
});
