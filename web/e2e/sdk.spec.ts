import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { goTo, openConversation, openPage, picture, signIn, until } from "./harness/browser";
import { landscape } from "./harness/pictures";
import { browser, server, setTheScene } from "./harness/scene";
import { SdkPhone } from "./harness/sdk";

setTheScene("ana");

let sdk: SdkPhone | null = null;
const folder = mkdtempSync(join(tmpdir(), "tidings-photos-"));
afterAll(async () => {
  await sdk?.end();
  rmSync(folder, { recursive: true, force: true });
});

test("a photo and a place from a phone with the SDK reach the agent, and the answer reaches the phone", async () => {
  const lid = join(folder, "lid.png");
  writeFileSync(lid, landscape(2400, 1800, 0));
  sdk = SdkPhone.start(server, "Europe/Paris");
  // Offline first: what is written then arrives as well.
  await sdk.does("wait live", /live: yes/);
  await sdk.does("offline");
  const [, conversation = ""] = (await sdk.does("new A dent in the lid", /started (cnv_\w+)/)) ?? [];
  await sdk.does(`photo ${lid} Look at the lid`, /accepted/);
  await sdk.does("place 48.8566 2.3522 Rue de Rivoli, Paris", /accepted/);
  await sdk.does("online");
  await sdk.does("wait sent", /sent: yes/);

  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("Look at the lid").waitFor();
  const photo = page.locator("[data-photo][data-drawn]");
  await photo.waitFor();
  const card = page.locator("[data-place]");
  await card.getByText("48.85660, 2.35220").waitFor();
  await card.getByText("Rue de Rivoli, Paris").waitFor();
  await picture(page, "sdk-photo-and-place");
  await photo.click();
  const large = page.locator("[data-lightbox] img[data-drawn]");
  await large.waitFor();
  // The phone made it smaller before it travelled, and kept its shape.
  const [width, height] = await large.evaluate((it) => {
    const { naturalWidth, naturalHeight } = it as HTMLImageElement;
    return [naturalWidth, naturalHeight];
  });
  expect((width ?? 0) / (height ?? 1)).toBeCloseTo(4 / 3, 1);
  expect(width).toBeLessThan(2400);
  await page.keyboard.press("Escape");

  await page.keyboard.press("r");
  await page.keyboard.type("We send you another one.");
  await page.keyboard.press("Control+Enter");
  await sdk.does("wait reply", /reply: yes/);
  await sdk.does("show", /We send you another one\./);
  await until(async () => expect(await page.locator("[data-message]").count()).toBe(3));
  expect(complaints).toEqual([]);
});
