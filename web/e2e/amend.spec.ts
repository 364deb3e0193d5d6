import { beforeAll, expect, test } from "vitest";
import { goTo, openConversation, openPage, picture, signIn, until } from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

let phone: Phone;

setTheScene("ana");
beforeAll(async () => {
  phone = await Phone.signIn(server);
});

async function answered(title: string, text: string) {
  const conversation = await phone.open(title);
  await phone.write(conversation, "hello");
  const it = await openPage(browser, { hold: 0 });
  await signIn(it.page, server, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, conversation);
  // Whoever answers before they have seen what was said is asked first.
  await it.page.locator("[data-message]").getByText("hello").waitFor();
  await it.page.fill("#composer", text);
  await it.page.keyboard.press("Control+Enter");
  await it.page.locator("[data-status=sent]").waitFor();
  return { conversation, reply: it.page.locator("[data-message]").filter({ hasText: text }), ...it };
}
const said = async (conversation: string) => (await phone.messages(conversation)).map(textOf);

test("the last reply gets other words by the keyboard alone, and says so", async () => {
  const { conversation, page, complaints } = await answered("Misspelt", "On its wya");
  await page.locator("#thread").focus();
  await page.keyboard.press("w");
  await page.locator("[data-edit]").waitFor();
  await picture(page, "editing");
  await page.fill("[data-edit]", "On its");
  // An input method's own Esc leaves what was begun.
  await page.locator("[data-edit]").dispatchEvent("keydown", { key: "Escape", isComposing: true });
  expect(await page.inputValue("[data-edit]")).toBe("On its");
  await page.keyboard.press("Escape");
  await page.locator("[data-edit]").waitFor({ state: "detached" });
  await page.keyboard.press("w");
  await page.fill("[data-edit]", "On its way");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-message]").getByText("edited").waitFor();
  await until(async () => expect(await said(conversation)).toEqual(["hello", "On its way"]));
  await page.reload();
  await page.locator("[data-message]").getByText("On its way").waitFor();
  expect(complaints).toEqual([]);
});

test("what is being changed stays in each conversation, also after a reload", async () => {
  const other = await answered("Other", "Two wodrs");
  await other.page.context().close();
  const { conversation, page, complaints } = await answered("Long edit", "A wrod");
  await page.locator("#thread").focus();
  await page.keyboard.press("w");
  await page.fill("[data-edit]", "A word, and");
  await openConversation(page, other.conversation);
  await page.locator("[data-message]").getByText("Two wodrs").waitFor();
  await page.locator("#thread").focus();
  await page.keyboard.press("w");
  await page.fill("[data-edit]", "Two words");
  await page.reload();
  await page.locator("[data-edit]").waitFor();
  expect(await page.inputValue("[data-edit]")).toBe("Two words");
  await openConversation(page, conversation);
  await until(async () => expect(await page.inputValue("[data-edit]")).toBe("A word, and"));
  // It takes the keys from nobody until it is asked for.
  await page.locator("#thread").focus();
  await page.keyboard.press("w");
  await page.locator("[data-edit]:focus").waitFor();
  await page.keyboard.press("Control+Enter");
  await until(async () => expect(await said(conversation)).toEqual(["hello", "A word, and"]));
  await page.reload();
  await page.locator("[data-message]").getByText("A word, and").waitFor();
  expect(await page.locator("[data-edit]").count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("a reply is taken back after a moment in which that can be undone", async () => {
  const { conversation, reply, page, complaints } = await answered("Wrong person", "Your password is 1234");
  await reply.hover();
  await reply.getByRole("button", { name: "Delete" }).click();
  const gone = page.locator("[data-message]").getByText("This message was deleted.");
  await gone.waitFor();
  await page.locator("[data-done=delete]").getByRole("button", { name: "Undo" }).click();
  await reply.waitFor();
  await reply.hover();
  await reply.getByRole("button", { name: "Delete" }).click();
  await gone.waitFor();
  await until(async () => expect((await phone.messages(conversation))[1]?.deleted_at).toBeTruthy());
  expect(await said(conversation)).toEqual(["hello", ""]);
  await page.reload();
  await gone.waitFor();
  expect(complaints).toEqual([]);
});
