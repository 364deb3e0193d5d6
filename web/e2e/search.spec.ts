import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { searchWords } from "../src/search/words";
import { en } from "../src/words/en";
import {
  count,
  expectAccessible,
  goTo,
  openConversation,
  openPage,
  picture,
  signIn,
  until,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana", "emile");

const found = (page: Page, kind: string) => page.locator(`[data-found=${kind}]`);

/** Asks until the index, which follows what is written by a moment, has it. */
async function look(page: Page, text: string, kind = "hit") {
  await until(async () => {
    await page.getByRole("combobox").fill("");
    await page.getByRole("combobox").fill(text);
    await found(page, kind).first().waitFor({ timeout: 2_000 });
  }, 30_000);
}

test("words of a message lead to that message, however long ago it was", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Long story");
  await phone.write(conversation, "My parcel came with a broken théière in it");
  for (let place = 2; place <= 130; place++) await phone.write(conversation, `line ${place}`);
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await page.keyboard.press("/");
  await page.getByRole("dialog").waitFor();
  expect(await page.getByRole("button", { name: "Messages", exact: true }).getAttribute("aria-pressed")).toBe(
    "true",
  );
  await look(page, "theiere");
  expect(await found(page, "hit").locator("mark").first().textContent()).toBe("théière");
  await picture(page, "search-messages");
  await expectAccessible(page, "search");
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`/all/${conversation}/1$`));
  await page.locator('[data-seq="1"]').waitFor();
  expect(await page.locator('[data-seq="130"]').count()).toBe(0);
  await page.getByText("You are looking at an earlier place").waitFor();
  await picture(page, "search-old-place");

  // The address is the message's own: it survives a reload, and leads back to the end.
  await page.reload();
  await page.locator('[data-seq="1"]').waitFor();
  await page.getByRole("button", { name: "To the newest message" }).first().click();
  await page.locator('[data-seq="130"]').waitFor();
  expect(page.url()).toMatch(new RegExp(`/all/${conversation}$`));
  expect(complaints).toEqual([]);
});

test("chips narrow down, by typing and by pressing, and go by Backspace", async () => {
  const phone = await Phone.signIn(server);
  const [open, closed] = [await phone.open("Zanzibar open"), await phone.open("Zanzibar closed")];
  await phone.write(open, "the zanzibar order");
  await phone.write(closed, "the zanzibar order again");
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, closed);
  await page.keyboard.press("n");
  await page.keyboard.type("zanzibar is an island");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-note]").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Shift+E");
  await until(async () => expect(await count(page, "closed")).toBe(1));

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").pressSequentially("in:messages ");
  await look(page, "zanzibar");
  await until(async () => expect(await found(page, "hit").count()).toBe(2));
  await page.getByRole("button", { name: "Closed", exact: true }).click();
  await until(async () => expect(await found(page, "hit").count()).toBe(1));
  expect(await found(page, "hit").textContent()).toContain("again");
  await page.getByRole("combobox").fill("");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  const isPressed = (name: string) =>
    page.getByRole("button", { name, exact: true }).getAttribute("aria-pressed");
  expect([await isPressed("Everything"), await isPressed("Closed")]).toEqual(["true", "false"]);

  await page.getByRole("button", { name: "Notes", exact: true }).click();
  await look(page, "island");
  expect(await found(page, "hit").textContent()).toContain("note by Ana Moreau");
  await page.getByRole("button", { name: "Messages", exact: true }).click();
  await page.getByText("Nothing found.").waitFor();
});

test("person, assignee and day narrow down by typing, and what is not known is said", async () => {
  const [lea, other] = [
    await Phone.signInAs(server, { sub: "lea-1", name: "Léa Dubœuf" }),
    await Phone.signIn(server),
  ];
  const [hers, others] = [await lea.open("Quixote"), await other.open("Quixote too")];
  await lea.write(hers, "the quixote order of Léa");
  await other.write(others, "the quixote order of another");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await page.keyboard.press("/");
  await page.getByRole("dialog").waitFor();
  await look(page, "quixote");
  await until(async () => expect(await found(page, "hit").count()).toBe(2));
  const field = page.getByRole("combobox");
  await field.fill("");
  await field.pressSequentially("de:lea quixote");
  await page.getByRole("button", { name: searchWords.en.remove(searchWords.en.from("lea")) }).waitFor();
  await until(async () => expect(await found(page, "hit").count()).toBe(1));
  expect(await found(page, "hit").textContent()).toContain("of Léa");
  await field.press("Control+a");
  await field.pressSequentially("before:yesterday quixote");
  await page.getByText(en.palette.nothing).waitFor();
  await picture(page, "search-chips");
  await expectAccessible(page, "search with chips");
  await field.fill("");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await field.pressSequentially("after:today assignee:personne quixote");
  await until(async () => expect(await found(page, "hit").count()).toBe(2));
  // The last one counts while it is typed, and becomes a chip by Enter.
  await field.fill("");
  await field.pressSequentially("quixote de:lea");
  await until(async () => expect(await found(page, "hit").count()).toBe(1));
  expect(await field.inputValue()).toBe("quixote de:lea");
  await field.press("Enter");
  await page.getByRole("button", { name: searchWords.en.remove(searchWords.en.from("lea")) }).waitFor();
  expect(await field.inputValue()).toBe("quixote ");
  await field.fill("");
  await field.pressSequentially("is:secret quixote");
  await page.getByText(searchWords.en.unknown("is:secret", searchWords.en.values.is)).waitFor();
  await picture(page, "search-unknown");
  expect(complaints).toEqual([]);
});

test("the palette finds people without accents, and does what the keys do", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Crème brûlée");
  await phone.write(conversation, "hello");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  // Also while a text is being written, which stays.
  await page.fill("#composer", "half a sen");
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").waitFor();
  await picture(page, "palette");
  await expectAccessible(page, "palette");
  await page.keyboard.type("creme BRULEE");
  await found(page, "conversation").filter({ hasText: "Crème brûlée" }).waitFor();
  await page.getByRole("combobox").fill("emile");
  await found(page, "command").filter({ hasText: "Assign to Émile Renard" }).click();
  await page.getByRole("button", { name: "Assigned to Émile Renard" }).waitFor();
  expect(await page.inputValue("#composer")).toBe("half a sen");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("dark");
  await found(page, "command").filter({ hasText: "Appearance: Dark" }).waitFor();
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("unassigned");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/unassigned$/);
  expect(complaints).toEqual([]);
});

test("while the server is away the palette goes on with what is in the page, and says so", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Known here");
  await phone.write(conversation, "hello");
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await page.getByText("Known here").first().waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.context().setOffline(true);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("known here");
  await found(page, "conversation").first().waitFor();
  await page.getByText("The server does not answer").waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(conversation));
});
