import { beforeAll, expect, test } from "vitest";
import { goTo, openConversation, openPage, row, signIn, until } from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

let phone: Phone;

setTheScene("ana");
beforeAll(async () => {
  phone = await Phone.signIn(server);
});

test("a draft of each conversation and mode stays where it was, also after a reload", async () => {
  const [first, second] = [await phone.open("First"), await phone.open("Second")];
  await phone.write(first, "1");
  await phone.write(second, "2");
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");

  await openConversation(page, first);
  await page.fill("#composer", "a reply");
  await page.getByRole("tab", { name: "Note" }).click();
  await page.fill("#composer", "a note");
  await openConversation(page, second);
  expect(await page.inputValue("#composer")).toBe("");
  await page.locator("#composer").pressSequentially("other");
  await page.reload();

  await page.waitForSelector("#composer");
  expect(await page.inputValue("#composer")).toBe("other");
  await row(page, first).getByText("Draft").waitFor();
  await openConversation(page, first);
  expect(await page.inputValue("#composer")).toBe("a reply");
  await page.getByRole("tab", { name: "Note" }).click();
  expect(await page.inputValue("#composer")).toBe("a note");

  // Sent is no draft any more.
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-note]").getByText("a note").waitFor();
  await page.reload();
  await page.waitForSelector("#composer");
  await page.getByRole("tab", { name: "Note" }).click();
  expect(await page.inputValue("#composer")).toBe("");
});

test("what was sent into an outage survives the tab, and arrives once", async () => {
  const conversation = await phone.open("Outbox");
  await phone.write(conversation, "hello");
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("hello").waitFor();
  await server.kill();
  await page.fill("#composer", "kept");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-pending]").waitFor();
  const { context, url } = { context: page.context(), url: page.url() };
  await page.close();

  await server.up();
  const next = await context.newPage();
  await next.goto(url);
  await until(
    async () => expect((await phone.messages(conversation)).map(textOf)).toEqual(["hello", "kept"]),
    30_000,
  );
  await next.locator("[data-message]").getByText("kept").waitFor();
  expect(await next.locator("[data-pending]").count()).toBe(0);
});
