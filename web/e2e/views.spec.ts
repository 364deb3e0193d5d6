import { expect, test } from "vitest";
import { viewWords } from "../src/inbox/views/words";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
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

setTheScene("ana", "bastien");

/** A conversation with a tag, and one without. */
async function tagged(tag: string) {
  const phone = await Phone.signIn(server);
  const [one, other] = [await phone.open(`With ${tag}`), await phone.open(`Without ${tag}`)];
  await phone.write(one, "Hello");
  await phone.write(other, "Hello");
  return { phone, one, other };
}

const saved = (page: import("playwright-core").Page, name: string) =>
  page.locator("[data-saved]:visible").filter({ hasText: name });

test("a list is narrowed down to a tag, kept, shared, counted live, changed, deleted and had back", async () => {
  const { phone, one, other } = await tagged("Réclamation");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, one);
  await page.keyboard.press("Escape");
  await page.keyboard.press("l");
  await page.getByRole("combobox").fill("Réclamation");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Enter");
  await page.locator("header [data-sorted]").getByText("Réclamation").waitFor();

  await page.keyboard.press("v");
  const dialog = page.getByRole("dialog", { name: viewWords.en.title });
  await until(async () =>
    expect(await dialog.locator("select[name=tag] option").allTextContents()).toContain("Réclamation"),
  );
  await dialog.locator("select[name=tag]").selectOption("Réclamation");
  await picture(page, "views-dialog");
  await expectAccessible(page, "views dialog");
  await dialog.getByRole("button", { name: viewWords.en.show }).click();
  await page.waitForURL(/\/all;tag=/);
  await row(page, one).waitFor();
  expect(await row(page, other).count()).toBe(0);
  await page.getByRole("heading", { level: 1, name: "All open · Réclamation" }).waitFor();
  // The address is the list.
  await page.reload();
  await row(page, one).waitFor();
  expect(await row(page, other).count()).toBe(0);

  await page.keyboard.press("v");
  await dialog.locator("input[name=view-name]").fill("Complaints");
  await dialog.locator("input[name=shared]").check();
  await dialog.getByRole("button", { name: viewWords.en.keep }).click();
  await saved(page, "Complaints").waitFor();
  expect(await saved(page, "Complaints").locator("[data-count]").getAttribute("data-count")).toBe("1");
  await picture(page, "views-kept");
  await expectAccessible(page, "views kept");

  const bastien = await openPage(browser);
  await signIn(bastien.page, server, "bastien@example.com");
  await saved(bastien.page, "Complaints").click();
  await row(bastien.page, one).waitFor();
  // Closed, it leaves the list for everybody, and the count follows.
  await openConversation(bastien.page, one);
  await bastien.page.keyboard.press("Escape");
  await bastien.page.keyboard.press("Shift+E");
  await row(page, one).waitFor({ state: "detached" });
  await until(
    async () =>
      expect(await saved(page, "Complaints").locator("[data-count]").getAttribute("data-count")).toBe("0"),
    25_000,
  );
  await page.getByText(en.empty.narrowed).waitFor();
  await phone.write(one, "It is not solved");
  await row(page, one).waitFor();

  // By the palette, from somewhere else.
  await goTo(page, "closed");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("complaints");
  await page.getByRole("option", { name: en.palette.goTo("Complaints") }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/all;tag=/);

  await page.keyboard.press("v");
  await dialog.locator("input[name=view-name]").fill("Claims");
  await dialog.getByRole("button", { name: viewWords.en.change }).click();
  await saved(page, "Claims").waitFor();
  await page.keyboard.press("z");
  await saved(page, "Complaints").waitFor();
  await page.keyboard.press("v");
  await dialog.getByRole("button", { name: viewWords.en.remove }).click();
  await saved(page, "Complaints").waitFor({ state: "detached" });
  await page.waitForURL(/\/all$/);
  await page.keyboard.press("z");
  await saved(page, "Complaints").waitFor();

  // Bastien may not change what Ana made.
  await bastien.page.keyboard.press("v");
  const theirs = bastien.page.getByRole("dialog", { name: viewWords.en.title });
  await theirs.getByRole("button", { name: viewWords.en.remove }).click();
  await theirs.getByText(viewWords.en.faults["not_found"] ?? "").waitFor();
  expect([...complaints, ...bastien.complaints]).toEqual([]);
});

test("views in French on a narrow screen", async () => {
  const { page, complaints } = await openPage(browser, {
    locale: "fr-FR",
    viewport: { width: 320, height: 700 },
  });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await page.getByRole("button", { name: fr.views.narrow }).click();
  const dialog = page.getByRole("dialog", { name: viewWords.fr.title });
  await dialog.locator("select[name=view]").selectOption("snoozed");
  await dialog.locator("select[name=agent]").selectOption({ label: "Bastien Roche" });
  await dialog.locator("input[name=view-name]").fill("Chez Bastien");
  await expectPictured(page, "views-narrow-dialog");
  await dialog.getByRole("button", { name: viewWords.fr.keep }).click();
  await saved(page, "Chez Bastien").waitFor();
  await page.getByText(fr.empty.narrowed).waitFor();
  await expectPictured(page, "views-narrow");
  expect(complaints).toEqual([]);
});

test("who waits longest comes first, in the address and in a kept view, and goes when they are answered", async () => {
  const phone = await Phone.signIn(server);
  const [early, late] = [await phone.open("Asked early"), await phone.open("Asked late")];
  await phone.write(early, "Hello?");
  await phone.write(late, "Hello?");
  // Active last, and they have waited longest.
  await phone.write(early, "Is anybody there?");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  const places = () =>
    page
      .locator("#conversations [data-conversation]")
      .evaluateAll((rows) =>
        rows
          .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
          .map((it) => it.getAttribute("data-conversation")),
      );
  const isBefore = async (one: string, other: string) => {
    const ids = await places();
    return ids.includes(one) && ids.includes(other) && ids.indexOf(one) < ids.indexOf(other);
  };
  await until(async () => expect(await isBefore(early, late)).toBe(true));
  const second = await phone.open("Asked last");
  await phone.write(second, "Hello?");
  await until(async () => expect(await isBefore(second, early)).toBe(true));
  await page.keyboard.press("o");
  await page.waitForURL(/\/all;order=waiting/);
  await until(async () =>
    expect([await isBefore(early, late), await isBefore(late, second)]).toEqual([true, true]),
  );
  await page.getByRole("heading", { level: 1, name: `${en.views.all} · ${en.views.longest}` }).waitFor();
  await picture(page, "views-longest-waiting");
  await expectAccessible(page, "longest waiting");
  await page.reload();
  await until(async () => expect(await isBefore(early, second)).toBe(true));
  await openConversation(page, early);
  await page.locator("[data-turn-line=ours]").waitFor();
  await page.fill("#composer", "Here I am.");
  await page.keyboard.press("Control+Enter");
  await row(page, early).waitFor({ state: "detached" });
  expect(await isBefore(late, second)).toBe(true);
  await page.locator("button[data-order=waiting]:visible").click();
  await page.waitForURL(/\/all(\/|$)/);
  await row(page, early).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("v");
  const dialog = page.getByRole("dialog", { name: viewWords.en.title });
  await dialog.locator("select[name=order]").selectOption("waiting");
  await dialog.locator("select[name=priority]").selectOption("normal");
  await dialog.locator("input[name=view-name]").fill("Longest first");
  await dialog.getByRole("button", { name: viewWords.en.keep }).click();
  await page.waitForURL(/\/all;priority=normal;order=waiting/);
  await saved(page, "Longest first").waitFor();
  await until(async () => expect(await isBefore(late, second)).toBe(true));
  expect(complaints).toEqual([]);
});
