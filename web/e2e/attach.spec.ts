import type { Page } from "playwright-core";
import { beforeEach, expect, test } from "vitest";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
import {
  expectAccessible,
  goTo,
  openConversation,
  openPage,
  picture,
  row,
  signIn,
  until,
} from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { landscape } from "./harness/pictures";
import { browser, server, setTheScene } from "./harness/scene";

let phone: Phone;
let conversation: string;
let count = 0;

setTheScene("ana");
beforeEach(async () => {
  phone ??= await Phone.signInAs(server, { sub: "a-1", name: "Inès Laurent", email: "ines@example.fr" });
  conversation = await phone.open(`How does the clasp close? ${++count}`);
  await phone.write(conversation, "How does the clasp close?");
});

async function opened(options = {}): Promise<{ page: Page; complaints: string[] }> {
  const it = await openPage(browser, options);
  await signIn(it.page, server, "ana@example.com");
  await goTo(it.page, "all");
  await openConversation(it.page, conversation);
  await it.page.locator("[data-message]").getByText("How does the clasp close?").waitFor();
  return it;
}
const PDF = Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(900_000, "x")]);
const pick = (page: Page, files: { name: string; mimeType: string; buffer: Buffer }[]) =>
  page.locator("[data-picker]").setInputFiles(files);
const photoFile = (mood: number) => ({
  name: `clasp ${mood}.png`,
  mimeType: "image/png",
  buffer: landscape(800, 600, mood),
});
const pdfFile = { name: "Manual.pdf", mimeType: "application/pdf", buffer: PDF };
const attached = (page: Page, progress: string) => page.locator(`[data-attached][data-progress=${progress}]`);
const said = async () => (await phone.messages(conversation)).slice(1);

/** Puts files into a paste or a drop, as a person's hand does. */
async function give(page: Page, by: "paste" | "drop", names: string[]): Promise<void> {
  await page.evaluate(
    ([how, all]) => {
      const data = new DataTransfer();
      const pixel = Uint8Array.from(
        atob(
          "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        ),
        (char) => char.charCodeAt(0),
      );
      for (const name of all) data.items.add(new File([pixel], name, { type: "image/png" }));
      const field = document.getElementById("composer");
      if (how === "paste") {
        field?.dispatchEvent(
          new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
        );
        return;
      }
      for (const kind of ["dragenter", "dragover"])
        field?.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
      (window as unknown as { letGo: () => void }).letGo = () =>
        field?.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    [by, names] as const,
  );
}

for (const [colorScheme, words, locale] of [
  ["light", en, "en-GB"],
  ["dark", fr, "fr-FR"],
] as const)
  test(`photos and a file go with a reply, ${colorScheme}, ${words.language}`, async () => {
    const { page, complaints } = await opened({ colorScheme, locale });
    await pick(page, [photoFile(0), photoFile(1), pdfFile]);
    await until(async () => expect(await attached(page, "complete").count()).toBe(3));
    await page.fill("#composer", "Like this; it is in the manual, too.");
    await picture(page, `${colorScheme}-${words.language}-attached`);
    await expectAccessible(page, "attached");
    await page.locator("#composer").press("Control+Enter");
    await page.locator("[data-status=sent]").waitFor();
    expect(await page.locator("[data-attached]").count()).toBe(0);
    await picture(page, `${colorScheme}-${words.language}-attached-sent`);
    const [message] = await said();
    expect(message && textOf(message)).toBe("Like this; it is in the manual, too.");
    const files = message?.parts.filter((part) => part.type === "attachment") ?? [];
    expect(files.map(({ name, media_type }) => [name, media_type])).toEqual([
      ["clasp 0.png", "image/png"],
      ["clasp 1.png", "image/png"],
      ["Manual.pdf", "application/pdf"],
    ]);
    // The user's phone fetches the very bytes.
    expect((await phone.fetchFile(files[2]?.attachment_id ?? "", "original")).equals(PDF)).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

test("what is pasted and what is dropped is attached, and files alone are a reply", async () => {
  const { page, complaints } = await opened();
  await page.focus("#composer");
  await give(page, "paste", ["image.png"]);
  await attached(page, "complete").waitFor();
  await give(page, "drop", ["dropped.png"]);
  await page.locator("[data-drop]").waitFor();
  await expectAccessible(page, "drop");
  await picture(page, "drop");
  await page.evaluate(() => (window as unknown as { letGo: () => void }).letGo());
  await page.locator("[data-drop]").waitFor({ state: "detached" });
  await until(async () => expect(await attached(page, "complete").count()).toBe(2));
  await page.locator("#composer").press("Control+Enter");
  await page.locator("[data-status=sent]").waitFor();
  const [message] = await said();
  expect(message?.parts.map((part) => part.type === "attachment" && part.name)).toEqual([
    "image.png",
    "dropped.png",
  ]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a reply waits for its files, and they go on where they ended after a reload", async () => {
  const { page } = await opened();
  let chunks = 0;
  await page.route("**/inbox/v1/uploads/**", async (route) => {
    if (route.request().method() === "PATCH" && ++chunks > 1) return route.abort();
    return route.continue();
  });
  await pick(page, [pdfFile]);
  await attached(page, "stuck").waitFor();
  await picture(page, "attach-stuck");
  await page.fill("#composer", "The manual");
  await page.locator("#composer").press("Control+Enter");
  await page.locator("[data-status=uploading]").waitFor();
  await expectAccessible(page, "waits for files");
  await picture(page, "attach-waits");
  expect(await said()).toEqual([]);
  // A note does not wait for it.
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.type("They have the old model.");
  await page.keyboard.press("Control+Enter");
  await page.locator("[data-note]").waitFor();
  await page.unroute("**/inbox/v1/uploads/**");
  const offsets: (string | undefined)[] = [];
  page.on("request", (request) => {
    if (request.method() === "PATCH") offsets.push(request.headers()["upload-offset"]);
  });
  await page.reload();
  await page.waitForSelector("nav:visible");
  await until(async () => expect((await said()).map(textOf)).toEqual(["The manual"]));
  // Not from the beginning: what was there stayed there.
  expect(offsets[0]).not.toBe("0");
  const [file] = (await said())[0]?.parts.filter((part) => part.type === "attachment") ?? [];
  expect((await phone.fetchFile(file?.attachment_id ?? "", "original")).equals(PDF)).toBe(true);
  await page.context().close();
});

test("a draft keeps its files over a reload, and a reply that is had back has them again", async () => {
  const { page, complaints } = await opened({ hold: 30 });
  await pick(page, [photoFile(2)]);
  await attached(page, "complete").waitFor();
  await page.reload();
  await page.waitForSelector("#composer");
  await attached(page, "complete").waitFor();
  await row(page, conversation).getByText(en.list.draft).waitFor();
  await page.fill("#composer", "Here");
  await page.locator("#composer").press("Control+Enter");
  await page.locator("[data-status=held]").waitFor();
  expect(await page.locator("[data-attached]").count()).toBe(0);
  await page.locator("[data-pending] [data-pictures] img").waitFor();
  await picture(page, "attach-held");
  await page.locator("[data-pending]").getByRole("button", { name: en.undo.undo }).click();
  await attached(page, "complete").waitFor();
  expect(await page.inputValue("#composer")).toBe("Here");
  expect(await said()).toEqual([]);
  await page.getByRole("button", { name: en.attach.remove("clasp 2.png") }).click();
  await page.locator("[data-attached]").waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("limits and refusals are told in words, and stand in the way of sending", async () => {
  const { page, complaints } = await opened();
  await pick(page, [{ name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) }]);
  await page.getByText(en.attach.faults.empty("empty.txt")).waitFor();
  await pick(page, [
    { name: "setup.pdf", mimeType: "application/pdf", buffer: Buffer.from("MZ\x90\0\x03\0\0\0") },
  ]);
  await attached(page, "refused")
    .getByText(en.attach.reasons["file_refused"] ?? "")
    .waitFor();
  await page.fill("#composer", "Run this");
  expect(await page.getByRole("button", { name: en.composer.send, exact: false }).last().isDisabled()).toBe(
    true,
  );
  await expectAccessible(page, "refused");
  await picture(page, "attach-refused");
  await page.getByRole("button", { name: en.attach.remove("setup.pdf") }).click();
  const many = Array.from({ length: 10 }, (_, place) => ({ ...photoFile(place % 4), name: `${place}.png` }));
  await pick(page, many);
  await page.getByText(en.attach.faults.too_many("9.png")).waitFor();
  await until(async () => expect(await attached(page, "complete").count()).toBe(9), 60_000);
  await page.locator("#composer").press("Control+Enter");
  await page.locator("[data-status=sent]").waitFor();
  const [message] = await said();
  expect(message?.parts.length).toBe(10);
  expect(complaints).toEqual([]);
  await page.context().close();
}, 120_000);

test("notes hold words only, and say so", async () => {
  const { page } = await opened();
  await page.locator("#thread").focus();
  await page.keyboard.press("n");
  await page.keyboard.type("for the team");
  await give(page, "paste", ["secret.png"]);
  await page.getByText(en.attach.notInNotes).waitFor();
  expect(await page.locator("[data-attached]").count()).toBe(0);
  await page.context().close();
});

test("on a narrow screen everything that is attached can be seen and reached", async () => {
  const { page } = await opened({ viewport: { width: 320, height: 640 } });
  await pick(page, [photoFile(3), pdfFile]);
  await until(async () => expect(await attached(page, "complete").count()).toBe(2));
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
  await expectAccessible(page, "320 attached");
  await picture(page, "320-attached");
  await page.context().close();
});
