import { beforeAll, expect, test } from "vitest";
import { count, goTo, openConversation, openPage, picture, row, signIn, until } from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

let phone: Phone;

setTheScene("ana");
beforeAll(async () => {
  phone = await Phone.signIn(server);
});

async function opened(title: string, hold: 5 | 30) {
  const conversation = await phone.open(title);
  await phone.write(conversation, "hello");
  const it = await openPage(browser, { hold });
  await signIn(it.page, server, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, conversation);
  await it.page.locator("[data-message]").getByText("hello").waitFor();
  return { conversation, ...it };
}
const said = async (conversation: string) => (await phone.messages(conversation)).map(textOf);

test("a reply can be had back before anybody sees it, with its words", async () => {
  const { conversation, page, complaints } = await opened("Too quick", 30);
  await page.fill("#composer", "Sorry, wrong person");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=held]").getByText("Goes out in").waitFor();
  expect(await page.inputValue("#composer")).toBe("");
  await picture(page, "held");
  await page.locator("[data-pending]").getByRole("button", { name: "Undo" }).click();
  await until(async () => expect(await page.inputValue("#composer")).toBe("Sorry, wrong person"));
  await page.locator("[data-pending]").waitFor({ state: "detached" });
  expect(await said(conversation)).toEqual(["hello"]);
  expect(complaints).toEqual([]);
});

test("a reply goes out by itself after the time that the agent chose, once", async () => {
  const { conversation, page } = await opened("By itself", 5);
  await page.fill("#composer", "On its way");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=held]").waitFor();
  expect(await said(conversation)).toEqual(["hello"]);
  await page.locator("[data-status=sent]").waitFor();
  expect(await said(conversation)).toEqual(["hello", "On its way"]);
  expect(await page.locator("[data-done]").count()).toBe(0);
});

test("leaving the page does not leave a reply behind", async () => {
  const { conversation, page } = await opened("Left", 5);
  await page.fill("#composer", "Good night");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=held]").waitFor();
  const { context } = { context: page.context() };
  await page.goto("about:blank");
  await until(async () => expect(await said(conversation)).toEqual(["hello", "Good night"]));
  await page.close();
  // And the next visit sends it no second time.
  const next = await context.newPage();
  await next.goto(`${server.url}/all/${conversation}`);
  await next.locator("[data-message]").getByText("Good night").waitFor();
  await next.locator("[data-pending]").waitFor({ state: "detached" });
  expect(await said(conversation)).toEqual(["hello", "Good night"]);
});

test("sending and closing, closing and assigning are undone by Z, one after the other", async () => {
  const { conversation, page, complaints } = await opened("Decided", 30);
  await page.fill("#composer", "Done, closing");
  await page.keyboard.press("Control+Shift+Enter");
  await row(page, conversation).waitFor({ state: "detached" });
  await page.locator("[data-done=reply]").waitFor();
  await picture(page, "undo-reply");
  await page.locator("#conversations").focus();
  await page.keyboard.press("z");
  await page.waitForURL(new RegExp(conversation));
  await until(async () => expect(await page.inputValue("#composer")).toBe("Done, closing"));
  expect(await said(conversation)).toEqual(["hello"]);
  await row(page, conversation).waitFor();

  const before = { mine: await count(page, "mine"), closed: await count(page, "closed") };
  await page.locator("#thread").focus();
  await page.keyboard.press("i");
  await page.locator("[data-done=assign]").waitFor();
  await until(async () => expect(await count(page, "mine")).toBe(before.mine + 1));
  await page.keyboard.press("Shift+E");
  await page.locator("[data-done=state]").waitFor();
  await until(async () => expect(await count(page, "closed")).toBe(before.closed + 1));
  // What was said for long enough is not said again as what came after it goes.
  await page.locator("[data-done]").waitFor({ state: "detached" });
  await page.keyboard.press("z");
  await until(async () => expect(await count(page, "closed")).toBe(before.closed));
  expect(await page.locator("[data-done]").count()).toBe(0);
  await page.keyboard.press("z");
  await until(async () => expect(await count(page, "mine")).toBe(before.mine));
  await page.reload();
  await page.waitForSelector("nav:visible");
  await until(async () => expect(await count(page, "mine")).toBe(before.mine));
  expect(complaints).toEqual([]);
});
