import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { expectPictured, goTo, openConversation, openPage, picture, signIn, until } from "./harness/browser";
import { Phone } from "./harness/phone";
import { landscape } from "./harness/pictures";
import { browser, server, setTheScene } from "./harness/scene";
import { SdkPhone } from "./harness/sdk";

setTheScene("ana");

let sdk: SdkPhone | null = null;
const folder = mkdtempSync(join(tmpdir(), "tidings-asked-"));
afterAll(async () => {
  await sdk?.end();
  rmSync(folder, { recursive: true, force: true });
});

async function inboxAt(conversation: string, options: Parameters<typeof openPage>[1] = { hold: 0 }) {
  const it = await openPage(browser, options);
  await signIn(it.page, server, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, conversation);
  await it.page.locator("[data-message]").first().waitFor();
  return it;
}

const state = (page: Page, what: string) => page.locator(`[data-answer=${what}]`);

test("an agent asks for a place and a photo, and a phone with the SDK answers, offline too", async () => {
  const lid = join(folder, "lid.png");
  writeFileSync(lid, landscape(1200, 900, 0));
  sdk = SdkPhone.start(server, "Europe/Paris");
  const [, conversation = ""] = (await sdk.does("new The driver", /started (cnv_\w+)/)) ?? [];
  await sdk.does("send Where is my parcel?", /accepted/);
  await sdk.does("wait sent", /sent: yes/);
  const { page, complaints } = await inboxAt(conversation);

  // By the keyboard; nothing goes out before it says what it is for.
  await page.locator("#thread").focus();
  await page.keyboard.press("h");
  await page.locator("[data-asking=place]").waitFor();
  const send = page.locator("form:has(#composer) button[type=submit]");
  expect(await send.isDisabled()).toBe(true);
  await page.locator("#composer:focus").waitFor();
  await page.keyboard.type("So that the driver finds you");
  await picture(page, "ask-place");
  await page.keyboard.press("Control+Enter");
  await state(page, "waiting").waitFor();
  expect(await page.locator("[data-asking]").count()).toBe(0);

  await sdk.does("wait reply", /reply: yes/);
  await sdk.does("show", /So that the driver finds you \(asks where you are\)/);
  await sdk.does("offline");
  await sdk.does("answer roughly 48.8566 2.3522", /accepted/);
  await sdk.does("online");
  await state(page, "answered").waitFor();
  // Rounded on the phone: no more of it ever left it.
  await page.locator("[data-place]").getByText("48.86000, 2.35000").waitFor();
  const answer = page.locator("[data-message]:has([data-place])");
  expect(await answer.locator("[data-quoted]").innerText()).toContain("So that the driver finds you");

  // Who answers before the place was on the screen for a moment is asked first.
  await page.waitForTimeout(1_000);
  await page.locator("#thread").focus();
  await page.keyboard.press("Shift+H");
  await page.locator("#composer:focus").waitFor();
  await page.keyboard.type("Please show us the lid");
  await page.keyboard.press("Control+Enter");
  await state(page, "waiting").waitFor();
  await sdk.does("wait reply", /reply: yes/);
  await sdk.does(`answer photo ${lid}`, /accepted/);
  await until(async () => expect(await state(page, "answered").count()).toBe(2));
  await picture(page, "ask-answered");
  // From the card to the answer.
  await state(page, "answered").first().click();
  await until(() => expect(page.url()).toMatch(/\/3$|[=/]3\b/));
  expect(complaints).toEqual([]);
});

test("who would rather not says so, and the agent stops waiting", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Rather not");
  await phone.write(conversation, "hello");
  const { page, complaints } = await inboxAt(conversation);
  await page.getByRole("button", { name: "Ask for a photo" }).click();
  await page.keyboard.type("To see the damage");
  await page.keyboard.press("Control+Enter");
  await state(page, "waiting").waitFor();
  const asked = (await phone.messages(conversation)).at(-1);
  expect(asked?.parts).toEqual([
    { type: "text", text: "To see the damage" },
    { type: "request", for: "photo" },
  ]);
  await phone.send(conversation, [
    { type: "choice", message_id: asked?.id, option_id: "declined", label: "Je préfère ne pas le faire" },
  ]);
  await state(page, "refused").waitFor();
  await page.locator("[data-declined]").getByText("Je préfère ne pas le faire").waitFor();
  await picture(page, "ask-declined");
  // Another answer is welcome all the same, and the first one stands.
  await page.reload();
  await state(page, "refused").waitFor();
  expect(complaints).toEqual([]);
});

test("what is asked for outlives a reload, can be dropped, and comes back with undo", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Undone");
  await phone.write(conversation, "hello");
  const { page, complaints } = await inboxAt(conversation, { hold: 30 });
  await page.getByRole("button", { name: "Ask for a place" }).click();
  await page.locator("[data-asking=place]").waitFor();
  await page.fill("#composer", "For the driver");
  await page.reload();
  await page.locator("[data-asking=place]").waitFor();
  await page.getByRole("button", { name: "Do not ask for it" }).click();
  await page.locator("[data-asking]").waitFor({ state: "detached" });
  // By its name in the palette.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("ask for a photo");
  await page.getByRole("option", { name: "Ask for a photo" }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator("[data-asking=photo]").waitFor();
  await page.locator("#composer:focus").waitFor();
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-pending]").first().waitFor();
  await page.locator("#thread").focus();
  await page.keyboard.press("z");
  await page.locator("[data-asking=photo]").waitFor();
  expect(await page.inputValue("#composer")).toBe("For the driver");
  expect(await phone.messages(conversation)).toHaveLength(1);
  expect(complaints).toEqual([]);
});

test("asking keeps WCAG 2.2 AA", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("For everybody");
  await phone.write(conversation, "hello");
  const { page } = await inboxAt(conversation, { hold: 0 });
  for (const isAsked of [false, true]) {
    await page.getByRole("button", { name: "Ask for a place" }).click();
    await page.locator("[data-asking=place]").waitFor();
    if (isAsked) await expectPictured(page, "ask");
    else {
      await page.keyboard.type("For the driver");
      await page.keyboard.press("Control+Enter");
      await state(page, "waiting").waitFor();
    }
  }
});
