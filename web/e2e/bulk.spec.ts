import { beforeAll, expect, test } from "vitest";
import {
  count,
  expectAccessible,
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

const MANY = 24;

const conversations: string[] = [];

setTheScene("ana", "emile");
beforeAll(async () => {
  const phone = await Phone.signIn(server);
  for (let place = 0; place < MANY; place++) {
    const conversation = await phone.open(`Order ${place}`);
    await phone.write(conversation, `hello ${place}`);
    conversations.unshift(conversation);
  }
});

test("a whole list is closed at once, with its progress, and had back by one key", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await row(page, conversations[0] as string).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.getByText("1 picked").waitFor();
  await page.getByRole("button", { name: `Pick all ${MANY} shown` }).click();
  await page.getByText(`${MANY} picked`).waitFor();
  await picture(page, "picked");
  await expectAccessible(page, "picked");
  await page.keyboard.press("e");
  await page.locator("[data-done=state]").getByText(`${MANY} closed`).waitFor();
  await picture(page, "bulk-progress");
  await until(async () => expect([await count(page, "all"), await count(page, "closed")]).toEqual([0, MANY]));
  await page.keyboard.press("z");
  await until(async () => expect([await count(page, "all"), await count(page, "closed")]).toEqual([MANY, 0]));
  // The server agrees.
  await page.waitForTimeout(1_500);
  await page.reload();
  await page.waitForSelector("nav:visible");
  await until(async () => expect([await count(page, "all"), await count(page, "closed")]).toEqual([MANY, 0]));
  expect(complaints).toEqual([]);
});

test("ranges are picked by Shift, with keys and with the mouse, and assigned together", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "unassigned");
  await openConversation(page, conversations[1] as string);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Shift+J");
  await page.keyboard.press("Shift+J");
  await page.getByText("3 picked").waitFor();
  await row(page, conversations[6] as string).click({ modifiers: ["Shift"] });
  await page.getByText("6 picked").waitFor();
  await row(page, conversations[2] as string).click({ modifiers: ["Control"] });
  await page.getByText("5 picked").waitFor();
  await page.keyboard.press("a");
  await page.getByRole("combobox").fill("emile");
  await page.keyboard.press("Enter");
  await page.locator("[data-done=assign]").getByText("5 assigned to Émile Renard").waitFor();
  await until(async () => expect(await count(page, "unassigned")).toBe(MANY - 5));
  expect(await page.locator("[data-picks]").count()).toBe(0);
});

test("Escape picks none again, and another view begins without picks", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.locator("[data-picks='1']").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("[data-picks]").waitFor({ state: "detached" });
  await page.keyboard.press("x");
  await page.locator("[data-picks='1']").waitFor();
  await goTo(page, "unassigned");
  await page.locator("[data-picks]").waitFor({ state: "detached" });
});

test("drafts have a list of their own, at an address, with their number", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  expect(await page.locator("[data-view=drafts]:visible").count()).toBe(0);
  const [first, second] = [conversations[3] as string, conversations[4] as string];
  await openConversation(page, first);
  await page.fill("#composer", "half");
  await openConversation(page, second);
  await page.fill("#composer", "a sentence");
  await until(async () => expect(await count(page, "drafts")).toBe(2));
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await page.waitForURL(/\/drafts$/);
  await row(page, first).waitFor();
  expect(await page.locator("[data-conversation]").count()).toBe(2);
  await picture(page, "drafts");
  // A reload finds them again, although no list has brought them.
  await page.reload();
  await row(page, first).waitFor();
  await openConversation(page, first);
  expect(await page.inputValue("#composer")).toBe("half");
  await page.locator("#composer").press("Control+Enter");
  await row(page, first).waitFor({ state: "detached" });
  expect(await count(page, "drafts")).toBe(1);
});
