import { expect, test } from "vitest";
import { goTo, openConversation, openPage, picture, row, showsTexts, signIn, until } from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana");

test("a message appears live, the answer reaches the app, and its way is shown", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await page.getByText("No open conversation").waitFor();
  await picture(page, "empty");

  const phone = await Phone.signIn(server);
  const conversation = await phone.open("My parcel");
  await phone.write(conversation, "Where is my parcel?");
  await row(page, conversation).getByText("Where is my parcel?").waitFor();
  await row(page, conversation).getByText("1 unread").waitFor({ state: "attached" });

  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("Where is my parcel?").waitFor();
  await page.fill("#composer", "It left this morning.");
  await page.getByRole("button", { name: "Send", exact: false }).last().click();
  await page.locator('[data-status="sent"]').waitFor();
  expect((await phone.messages(conversation)).map(textOf)).toEqual([
    "Where is my parcel?",
    "It left this morning.",
  ]);

  await phone.confirm(conversation, { delivered_seq: 2 });
  await page.locator('[data-status="delivered"]').waitFor();
  await phone.confirm(conversation, { read_seq: 2 });
  await page.locator('[data-status="read"]').waitFor();

  await phone.write(conversation, "Thank you!");
  await page.locator("[data-message]").getByText("Thank you!").waitFor();
  await showsTexts(page, ["Where is my parcel?", "It left this morning.", "Thank you!"]);
  await picture(page, "answer");
  expect(complaints).toEqual([]);
});

test("what was read is told to the team and to the app", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Reading");
  await phone.write(conversation, "Hello?");
  await row(page, conversation).getByText("1 unread").waitFor({ state: "attached" });
  await page.bringToFront();
  await openConversation(page, conversation);
  await row(page, conversation).getByText("1 unread").waitFor({ state: "detached" });
  await until(async () => expect(await phone.everything(conversation)).toContain('"team_read_seq":1'));
});

test("a double click on sending and closing sends one reply, and leaves the draft of the next conversation", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  const phone = await Phone.signIn(server);
  const ids: string[] = [];
  for (const title of ["Twice one", "Twice two"]) {
    const conversation = await phone.open(title);
    await phone.write(conversation, title);
    ids.push(conversation);
  }
  const [older = "", newer = ""] = ids;
  await openConversation(page, older);
  await page.locator("[data-message]").getByText("Twice one").waitFor();
  await page.fill("#composer", "Only begun");
  await openConversation(page, newer);
  await page.locator("[data-message]").getByText("Twice two").waitFor();
  await page.fill("#composer", "Done");
  await page.getByRole("button", { name: "Send and close" }).dblclick();
  await row(page, newer).waitFor({ state: "detached" });
  await page.waitForURL(new RegExp(older));
  expect(await page.inputValue("#composer")).toBe("Only begun");
  await until(async () => expect((await phone.messages(newer)).map(textOf)).toEqual(["Twice two", "Done"]));
  expect((await phone.messages(older)).map(textOf)).toEqual(["Twice one"]);
  expect(complaints).toEqual([]);
});
