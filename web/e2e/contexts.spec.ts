import { afterAll, expect, test } from "vitest";
import { personWords } from "../src/inbox/person/words";
import {
  expectAccessible,
  expectPictured,
  goTo,
  openConversation,
  openPage,
  picture,
  signIn,
  until,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";
import { SdkPhone } from "./harness/sdk";

setTheScene("ana");

const it = personWords.en;
let sdk: SdkPhone | null = null;
afterAll(() => sdk?.end());

test("an agent sees from where a phone with the SDK wrote, and what its app says", async () => {
  sdk = SdkPhone.start(server, "Asia/Tokyo");
  await sdk.does("wait live");
  await sdk.does("screen cart");
  await sdk.does("screen checkout");
  const [, conversation] = (await sdk.does("new My parcel", /started (cnv_\w+)/)) ?? [];
  await sdk.does("field order 4711 & <b>more</b>");
  await sdk.does("about plan gold");
  await sdk.does("send Where is my parcel?", /accepted/);
  await sdk.does("screen settings");
  await sdk.does("send And how do I change my address?", /accepted/);
  await sdk.does("wait sent");
  const { page, complaints } = await openPage(browser);
  await page.context().grantPermissions(["clipboard-write"], { origin: server.address });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation ?? "");
  const card = page.getByRole("dialog", { name: it.title });
  await until(async () => {
    await page.keyboard.press("c");
    await card.locator("[data-trail=settings]").waitFor({ timeout: 2_000 });
    await card.locator("[data-field=order]").getByText("4711 & <b>more</b>").waitFor({ timeout: 2_000 });
    await card.locator("[data-field=plan]").getByText("gold").waitFor({ timeout: 2_000 });
  }, 30_000).catch(async (error) => {
    await picture(page, "context-missing");
    throw error;
  });
  const order = await card
    .locator("[data-trail]")
    .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset["trail"]));
  expect(order).toEqual(["settings", "checkout"]);
  await card.getByText("Tokyo").waitFor();
  const theirs = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "Asia/Tokyo",
  });
  const hours = [theirs.format(Date.now()), theirs.format(Date.now() - 60_000)];
  const shown = (await card.locator("[data-hour]").textContent()) ?? "";
  expect(hours.some((hour) => shown.replaceAll(/\s/g, " ").includes(hour.replaceAll(/\s/g, " ")))).toBe(true);
  // By the keyboard alone.
  await card.getByRole("button", { name: it.copy("plan") }).focus();
  await page.keyboard.press("Enter");
  await card
    .locator("[data-field=plan]")
    .getByText(it.copied, { exact: true })
    .waitFor({ state: "attached" });
  await expectAccessible(page, "context");
  await picture(page, "context-sdk");
  expect(complaints).toEqual([]);
});

test("what the backend vouches for is marked, in French, at 320 pixels", async () => {
  const phone = await Phone.signInAs(server, {
    sub: "u-mia",
    name: "Mia Moreau",
    tidings_fields: {
      plan: "gold",
      orders: 3,
      vip: true,
      renewed_at: { time: "2026-11-21T09:30:00.250Z" },
    },
  });
  await phone.sayOfUser({ plan: "platinum", theme: "dark" });
  const here = {
    screen: { name: "home" },
    time_zone: "Europe/Lisbon",
    locale: "pt-PT",
    app_version: "4.1",
  };
  const conversation = await phone.open("My parcel", { context: here, fields: { order: "4711" } });
  const screen = { name: "checkout", title: "Checkout", detail: "order 4711" };
  const phoneNow = { os: "Android", os_version: "16", device_model: "Pixel 9", network: "cellular" };
  await phone.writeFrom(conversation, "Where is it?", { ...here, ...phoneNow, screen, visited: ["home"] });
  const { page, complaints } = await openPage(browser, { locale: "fr-FR" });
  await page.setViewportSize({ width: 320, height: 800 });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.keyboard.press("c");
  const fr = personWords.fr;
  const card = page.getByRole("dialog", { name: fr.title });
  const plan = card.locator("[data-field=plan]");
  await plan.getByText("gold").waitFor();
  await plan.getByText(fr.vouched).waitFor({ state: "attached" });
  await card.locator("[data-field=theme]").getByText(fr.told).waitFor({ state: "attached" });
  expect(await card.getByText("platinum").count()).toBe(0);
  await card.locator("[data-trail=checkout]").getByText("Pixel 9").waitFor();
  await card.locator("[data-hour]").getByText("Lisbon").waitFor();
  await card.locator("[data-trail]").last().scrollIntoViewIfNeeded();
  await expectPictured(page, "context-320");
  expect(complaints).toEqual([]);
});

test("a phone that tells none of it has a card all the same", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Old phone");
  await phone.write(conversation, "Hello?");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.keyboard.press("c");
  await page.getByText(it.nothing).waitFor();
  expect(await page.locator("[data-hour]").count()).toBe(0);
  expect(complaints).toEqual([]);
});
