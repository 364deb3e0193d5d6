import { expect, test } from "vitest";
import { goTo, openConversation, openPage, picture, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana", "bastien");

test("a note reaches colleagues, stands apart, and never reaches the app", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Refund");
  await phone.write(conversation, "I want my money back.");
  const ana = await openPage(browser);
  const bastien = await openPage(browser);
  for (const [{ page }, email] of [
    [ana, "ana@example.com"],
    [bastien, "bastien@example.com"],
  ] as const) {
    await signIn(page, server, email);
    await goTo(page, "all");
    await openConversation(page, conversation);
  }

  await ana.page.keyboard.press("Escape");
  await ana.page.keyboard.press("n");
  await ana.page.keyboard.type("He is right, refund-4711 is due.");
  await picture(ana.page, "note-draft");
  await ana.page.keyboard.press("Control+Enter");

  const note = bastien.page.locator("[data-note]");
  await note.getByText("He is right, refund-4711 is due.").waitFor();
  expect(await note.textContent()).toContain("Internal note");
  expect(await note.textContent()).toContain("Ana Moreau");
  const ground = (selector: string) =>
    bastien.page.locator(selector).evaluate((element) => getComputedStyle(element).backgroundColor);
  expect(await ground("[data-note] > div")).not.toBe(await ground("[data-message] > div > div"));

  await ana.page.locator("[data-note]").waitFor();
  expect(await phone.everything(conversation)).not.toContain("refund-4711");
  await picture(bastien.page, "note");
  expect([...ana.complaints, ...bastien.complaints]).toEqual([]);
});
