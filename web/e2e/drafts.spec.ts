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

test("a draft goes on in another browser, and is gone there once it was sent", async () => {
  const conversation = await phone.open("Two browsers");
  await phone.write(conversation, "hello");
  const [desk, home] = [await openPage(browser), await openPage(browser)];
  await signIn(desk.page, server, "ana@example.com");
  await goTo(desk.page, "all");
  await openConversation(desk.page, conversation);
  const kept = desk.page.waitForResponse((it) => it.url().includes("/drafts/reply") && it.ok());
  await desk.page.locator("#composer").pressSequentially("Begun at the desk");
  await kept;

  await signIn(home.page, server, "ana@example.com");
  await goTo(home.page, "drafts");
  await openConversation(home.page, conversation);
  await until(async () => expect(await home.page.inputValue("#composer")).toBe("Begun at the desk"));
  await home.page.locator("#composer").press("End");
  const told = home.page.waitForResponse((it) => it.url().includes("/drafts/reply") && it.ok());
  await home.page.locator("#composer").pressSequentially(", sent from home");
  await home.page.keyboard.press("Control+Enter");
  await told;
  await home.page.locator("[data-status=sent]").waitFor();
  await desk.page.reload();
  await desk.page.locator("[data-message]").getByText("sent from home").waitFor();
  await until(async () => expect(await desk.page.inputValue("#composer")).toBe(""));
  expect([...desk.complaints, ...home.complaints]).toEqual([]);
});
