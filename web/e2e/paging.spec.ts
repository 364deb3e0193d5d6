import { beforeAll, expect, test } from "vitest";
import { goTo, openConversation, openPage, row, signIn, until } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

const CONVERSATIONS = 130;
const MESSAGES = 140;

let phone: Phone;
let long: string;
/** Writes into the conversation that has been quiet for the longest. */
let writeIntoOldest: (text: string) => Promise<unknown>;
let oldest: string;

setTheScene("ana");
beforeAll(async () => {
  phone = await Phone.signIn(server);
  long = await phone.open("Long");
  for (let seq = 1; seq <= MESSAGES; seq++)
    await phone.write(long, `line ${seq}${" and more of it".repeat(seq % 13)}`);
  const people = await Promise.all([1, 2, 3, 4].map(() => Phone.signIn(server)));
  for (let made = 1; made < CONVERSATIONS; made++) {
    const person = people[made % people.length] as Phone;
    const conversation = await person.open(`Number ${made}`);
    await person.write(conversation, `text ${made}`);
    if (made > 1) continue;
    oldest = conversation;
    writeIntoOldest = (text) => person.write(conversation, text);
  }
}, 180_000);

test("a long list comes by page while it is scrolled, each conversation once, few of them in the document", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await page.waitForSelector("[role=option]");
  const seen = new Set<string>();
  await until(async () => {
    const ids = await page
      .locator("[role=option]")
      .evaluateAll((rows) => rows.map((it) => it.getAttribute("data-conversation")));
    for (const id of ids) if (id) seen.add(id);
    expect(ids.length).toBeLessThan(40);
    await page.locator("#conversations").evaluate((list) => list.scrollBy({ top: 500 }));
    expect(seen.size).toBe(CONVERSATIONS);
  }, 40_000);
  expect(await page.locator("[role=option]").last().getAttribute("aria-setsize")).toBe(`${CONVERSATIONS}`);
}, 90_000);

test("a long thread opens at its end, and older messages come without a jump", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await page.goto(`${server.url}/all/${long}`);
  await page.locator("[data-message]").getByText(`line ${MESSAGES} `).waitFor();
  const thread = page.locator("#thread");
  const distance = () => thread.evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight);
  await until(async () => expect(await distance()).toBeLessThan(2));

  /** Where a message stands on the screen before and after older ones came above it. */
  const drift = await thread.evaluate(async (it) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const first = () => Number(it.querySelector("[data-seq]")?.getAttribute("data-seq"));
    let largest = 0;
    for (let tries = 0; tries < 400 && first() > 60; tries++) {
      it.scrollTop -= 120;
      await frame();
      const middle = [...it.querySelectorAll("[data-seq]")].find(
        (line) => line.getBoundingClientRect().top > 200,
      );
      const seq = middle?.getAttribute("data-seq");
      const before = middle?.getBoundingClientRect().top ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 60));
      await frame();
      const again = it.querySelector(`[data-seq="${seq}"]`)?.getBoundingClientRect().top;
      if (again !== undefined) largest = Math.max(largest, Math.abs(again - before));
    }
    return { largest, first: first() };
  });
  expect(drift.first).toBeLessThanOrEqual(60);
  expect(drift.largest).toBeLessThan(2);

  // A new message does not pull a reader away from what they read.
  const top = await thread.evaluate((it) => it.scrollTop);
  await phone.write(long, "news at the end");
  await row(page, long).getByText("news at the end").waitFor();
  expect(Math.abs((await thread.evaluate((it) => it.scrollTop)) - top)).toBeLessThan(2);
  await page.getByRole("button", { name: "To the newest message" }).click();
  await page.locator("[data-message]").getByText("news at the end").waitFor();
  await until(async () => expect(await distance()).toBeLessThan(2));
}, 90_000);

test("who has scrolled up has not seen what came below: their reply asks first", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await page.goto(`${server.url}/all/${long}`);
  await page.locator("[data-status], [data-message]").last().waitFor();
  await page.locator("#thread").hover();
  await page.mouse.wheel(0, -900);
  await page.getByRole("button", { name: "To the newest message" }).waitFor();
  const { seq } = await phone.write(long, "you have not seen this");
  await row(page, long).getByText("you have not seen this").waitFor();
  await page.fill("#composer", "an answer to something else");
  await page.keyboard.press("Control+Enter");
  const decision = page.locator("[data-decision]");
  await decision.getByText("you have not seen this").waitFor();
  expect((await phone.messages(long)).at(-1)?.seq).toBe(seq);
  await decision.getByRole("button", { name: "Discard" }).click();
  await decision.waitFor({ state: "detached" });
  expect(await page.locator("[data-pending]").count()).toBe(0);
});

test("the list keeps its order while somebody scrolls in it, and says what is new above", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await page.waitForSelector("[role=option]");
  await page.locator("#conversations").evaluate((list) => list.scrollTo({ top: 400 }));
  const order = () =>
    page
      .locator("[role=option]")
      .evaluateAll((rows) =>
        rows.map((it) => it.getAttribute("aria-posinset") + (it.textContent ?? "").slice(0, 40)),
      );
  await page.waitForTimeout(300);
  const before = await order();
  await writeIntoOldest("moved to the top");
  const button = page.getByRole("button", { name: /new above/ });
  await button.waitFor();
  expect(await order()).toEqual(before);
  await button.click();
  await row(page, oldest).getByText("moved to the top").waitFor();
  expect(await row(page, oldest).getAttribute("aria-posinset")).toBe("1");
  await openConversation(page, oldest);
});
