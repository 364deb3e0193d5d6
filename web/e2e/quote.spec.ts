import { beforeAll, expect, test } from "vitest";
import { goTo, openConversation, openPage, picture, signIn, until } from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

let phone: Phone;

setTheScene("ana");
beforeAll(async () => {
  phone = await Phone.signIn(server);
});

async function opened(conversation: string) {
  const it = await openPage(browser, { hold: 0 });
  await signIn(it.page, server, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, conversation);
  return it;
}

test("a reply to one message among many, by the keyboard alone; it follows what becomes of that message", async () => {
  const conversation = await phone.open("Two questions");
  const first = await phone.write(conversation, "Where is my parcel?");
  await phone.write(conversation, "And what is your address?");
  const { page, complaints } = await opened(conversation);
  await page.locator("#thread").focus();
  await page.keyboard.press("q");
  const quoting = page.locator("[data-quoting]");
  await quoting.getByText("And what is your address?").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("q");
  await quoting.getByText("Where is my parcel?").waitFor();
  await page.keyboard.type("On its way.");
  // What is answered outlives the page, as the words do.
  await page.reload();
  await quoting.getByText("Where is my parcel?").waitFor();
  await until(async () => expect(await page.inputValue("#composer")).toBe("On its way."));
  await page.focus("#composer");
  await picture(page, "quoting");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-status=sent]").waitFor();
  await quoting.waitFor({ state: "detached" });
  const messages = await phone.messages(conversation);
  expect(messages.map(textOf)).toEqual(["Where is my parcel?", "And what is your address?", "On its way."]);
  expect(messages[2]?.quote).toBe(first.id);
  const quoted = page.locator("[data-message]").filter({ hasText: "On its way." }).locator("[data-quoted]");
  await quoted.getByText("Where is my parcel?").waitFor();
  await quoted.click();
  await page.waitForURL(/\/1$/);
  await phone.takeBack(first);
  await quoted.getByText("This message was deleted.").waitFor();
  await picture(page, "quoted");
  expect(complaints).toEqual([]);
});

test("a message is quoted from beside it, and the quote can be dropped", async () => {
  const conversation = await phone.open("Pointing");
  const asked = await phone.write(conversation, "Is this the right size?");
  await phone.quote(conversation, asked.id, "I mean this one");
  const { page, complaints } = await opened(conversation);
  const bubble = page.locator("[data-message]").filter({ hasText: "I mean this one" });
  await bubble.locator("[data-quoted]").getByText("Is this the right size?").waitFor();
  await bubble.hover();
  await bubble.getByRole("button", { name: "Quote" }).click();
  const quoting = page.locator("[data-quoting]");
  await quoting.getByText("I mean this one").waitFor();
  await quoting.getByRole("button", { name: "Answer without the quote" }).click();
  await quoting.waitFor({ state: "detached" });
  await page.fill("#composer", "It is.");
  await page.keyboard.press("Control+Enter");
  await until(async () => expect((await phone.messages(conversation)).map(textOf)).toContain("It is."));
  expect((await phone.messages(conversation))[2]?.quote).toBeUndefined();
  expect(complaints).toEqual([]);
});
