import { randomBytes } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { dueWords } from "../src/inbox/due/words";
import { idOf } from "../src/sync/ids";
import { expectAccessible, goTo, openConversation, openPage, picture, row, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

const ANSWERS = 5;

/** Runs in the page, as the agent who is signed in there. */
const reply = async ([conversation, id]: readonly [string, string]): Promise<number> => {
  const answer = await fetch(`/inbox/v1/conversations/${conversation}/replies`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id, parts: [{ type: "text", text: "It has." }] }),
  });
  return answer.status;
};

let phone: Phone;

setTheScene("ana");
beforeAll(async () => {
  phone = await Phone.signInAs(server, { sub: "c-1", name: "Camille Petit", email: "camille@example.fr" });
});

test("a conversation says whose turn it is, by when an answer is due, and what its user is told", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  // Nothing asks what is due before there are answers: what the server reckons holds for five minutes.
  for (let number = 0; number < ANSWERS; number += 1) {
    const answered = await phone.open(`Question ${number}`);
    await phone.write(answered, "Has it left?");
    const status = await page.evaluate(reply, [answered, idOf("msg", Date.now(), randomBytes(10))] as const);
    expect(status).toBe(201);
  }
  const asked = await phone.open("And this one?");
  await phone.write(asked, "Hello?");
  await goTo(page, "all");
  await openConversation(page, asked);
  // In the row, and above the conversation.
  await row(page, asked).locator("[data-due]").waitFor();
  await page.locator("header [data-due]").waitFor();
  await page.locator("[data-turn-line=ours]").waitFor();
  await page.locator("header [data-told-line]").getByText(dueWords.en.told).waitFor();
  await picture(page, "due-header");
  await expectAccessible(page, "due above a conversation");
  await page.keyboard.press("Escape");
  await page.keyboard.press("c");
  const card = page.locator("[data-turn=ours]");
  await card.waitFor();
  await card.locator("[data-told]").getByText("Ana").waitFor();
  await expectAccessible(page, "due");
  await picture(page, "due-card");
  expect(await card.textContent()).toContain(dueWords.en.told);
  expect(complaints).toEqual([]);
});
