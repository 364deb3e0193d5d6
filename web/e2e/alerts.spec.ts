import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
import {
  expectPictured,
  goTo,
  openConversation,
  openPage,
  picture,
  row,
  signIn,
  until,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana", "bastien");

interface Told {
  title: string;
  body: string;
  tag: string;
}
type Recording = { told: Told[]; badge: number; click: (tag: string) => void };

/** The browser's notifications and badge, written down instead of shown: headless browsers show none. */
async function record(page: Page, permission: "granted" | "denied" | "default"): Promise<void> {
  await page.addInitScript((allowed) => {
    const shown: (Told & { onclick: (() => void) | null })[] = [];
    const recording = {
      told: [] as Told[],
      badge: 0,
      click: (tag: string) => shown.findLast((it) => it.tag === tag)?.onclick?.(),
    };
    class Stub {
      static permission = allowed;
      static requestPermission = async () => {
        if (Stub.permission === "default") Stub.permission = "granted";
        return Stub.permission;
      };
      onclick: (() => void) | null = null;
      title: string;
      body: string;
      tag: string;
      constructor(title: string, options: { body: string; tag: string }) {
        this.title = title;
        this.body = options.body;
        this.tag = options.tag;
        recording.told.push({ title, body: options.body, tag: options.tag });
        shown.push(this);
      }
      close() {}
    }
    Object.assign(window, { Notification: Stub, recording });
    Object.assign(navigator, {
      setAppBadge: async (count: number) => {
        recording.badge = count;
      },
      clearAppBadge: async () => {
        recording.badge = 0;
      },
    });
  }, permission);
}
const told = (page: Page) =>
  page.evaluate(() => (window as unknown as { recording: Recording }).recording.told);
const badge = (page: Page) =>
  page.evaluate(() => (window as unknown as { recording: Recording }).recording.badge);

/** What comes in the first moments of a page is what it had missed. */
const settle = (page: Page) => page.waitForTimeout(2_000);

test("what arrives is told once, in the place of what was told before, and a click opens it", async () => {
  const { page, complaints } = await openPage(browser);
  await record(page, "granted");
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  const phone = await Phone.signInAs(server, { sub: "z-1", name: "Zoë Lindqvist" });
  const parcel = await phone.open("My parcel");
  const other = await phone.open("Another thing");
  await phone.write(other, "First of all");
  await openConversation(page, other);
  await page.locator("[data-message]").getByText("First of all").waitFor();
  await settle(page);
  await phone.write(parcel, "Where is it?");
  await until(async () =>
    expect(await told(page)).toEqual([{ title: "Zoë Lindqvist", body: "Where is it?", tag: parcel }]),
  );
  // What stands before the agent's eyes needs no telling.
  await phone.write(other, "And then");
  await page.locator("[data-message]").getByText("And then").waitFor();
  await phone.write(parcel, "Hello?");
  await until(async () => expect(await told(page)).toHaveLength(2));
  expect((await told(page))[1]).toEqual({ title: "Zoë Lindqvist", body: "Hello?", tag: parcel });
  await page.evaluate((tag) => (window as unknown as { recording: Recording }).recording.click(tag), parcel);
  await page.locator("[data-message]").getByText("Hello?").waitFor();
  expect(complaints).toEqual([]);
});

test("two tabs tell once, and the title and the badge say how many wait for me", async () => {
  const { page } = await openPage(browser);
  await record(page, "granted");
  await signIn(page, server, "ana@example.com");
  const second = await page.context().newPage();
  await record(second, "granted");
  await second.goto(server.url);
  await second.waitForSelector("nav:visible");
  await settle(second);
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Twice");
  await phone.write(conversation, "Only once, please");
  await until(async () =>
    expect(
      [...(await told(page)), ...(await told(second))].filter(({ tag }) => tag === conversation),
    ).toHaveLength(1),
  );
  await page.waitForTimeout(500);
  expect(
    [...(await told(page)), ...(await told(second))].filter(({ tag }) => tag === conversation),
  ).toHaveLength(1);
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("Only once, please").waitFor();
  await page.getByRole("button", { name: en.triage.take }).click();
  await until(async () => expect(await page.title()).toMatch(/^\(1\) /));
  await until(async () => expect(await badge(page)).toBe(1));
  await page.fill("#composer", "Here you are.");
  await page.keyboard.press("Control+Enter");
  await until(async () => expect(await page.title()).not.toMatch(/^\(/));
  await until(async () => expect(await badge(page)).toBe(0));
});

test("quiet hours are kept", async () => {
  const { page } = await openPage(browser);
  await record(page, "granted");
  await signIn(page, server, "bastien@example.com");
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  const panel = page.getByRole("dialog", { name: en.alerts.title });
  await panel.getByLabel(en.alerts.quiet).check();
  await panel.locator("input[name=from]").fill("00:00");
  await panel.locator("input[name=until]").fill("00:00");
  await until(async () => expect(await panel.locator("input[name=until]").inputValue()).toBe("00:00"));
  await page.keyboard.press("Escape");
  await settle(page);
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("At night");
  await phone.write(conversation, "Are you there?");
  await goTo(page, "all");
  await row(page, conversation).getByText("Are you there?").waitFor();
  await page.waitForTimeout(500);
  expect(await told(page)).toEqual([]);
});

test("settings are reached by menu, key and palette, and hold in every browser", async () => {
  const { page, complaints } = await openPage(browser);
  await record(page, "default");
  await signIn(page, server, "bastien@example.com");
  await page.getByRole("button", { name: en.account.menu("Bastien Roche") }).click();
  await page.getByRole("button", { name: en.alerts.title }).click();
  const panel = page.getByRole("dialog", { name: en.alerts.title });
  await panel.locator("input[name=unassigned-push]").check();
  await panel.locator("input[name=assigned-sound]").check();
  // This server has no mail server: the wish is refused in words, and shown as it is.
  await panel.locator("input[name=assigned-mail]").click();
  await panel.getByText(en.alerts.noMailServer).waitFor();
  expect(await panel.locator("input[name=assigned-mail]").isChecked()).toBe(false);
  await panel.getByText(en.alerts.permission.default).waitFor();
  await panel.getByRole("button", { name: en.alerts.allow }).click();
  await panel.getByText(en.alerts.permission.granted).waitFor();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });

  const elsewhere = await openPage(browser);
  await record(elsewhere.page, "denied");
  await signIn(elsewhere.page, server, "bastien@example.com");
  await elsewhere.page.keyboard.press("Control+k");
  // Before the script of the palette is there: it is for the palette all the same.
  await elsewhere.page.keyboard.type("notif");
  await elsewhere.page.getByRole("option", { name: en.alerts.title }).waitFor();
  await elsewhere.page.keyboard.press("Enter");
  const there = elsewhere.page.getByRole("dialog", { name: en.alerts.title });
  await until(async () => {
    expect(await there.locator("input[name=unassigned-push]").isChecked()).toBe(true);
    expect(await there.locator("input[name=assigned-sound]").isChecked()).toBe(true);
    expect(await there.locator("input[name=unassigned-sound]").isChecked()).toBe(false);
  });
  await there.getByText(en.alerts.permission.denied).waitFor();
  await elsewhere.page.route("**/inbox/v1/notifications", (route) => route.abort());
  await there.locator("input[name=unassigned-sound]").click();
  await there.getByText(en.alerts.notKept).waitFor();
  expect(await there.locator("input[name=unassigned-sound]").isChecked()).toBe(false);
  expect(complaints).toEqual([]);
});

test("a browser is set up for pushes, shows them, and is forgotten when it is turned off", async () => {
  const { page, complaints } = await openPage(browser, {
    serviceWorkers: "allow",
    permissions: ["notifications"],
  });
  // No push service is within reach of a test: the browser's part is played, the server's and the worker's are real.
  await page.addInitScript(() => {
    const point = btoa(String.fromCharCode(...new Array(65).fill(4))).replaceAll("=", "");
    const subscription = {
      endpoint: "https://push.example.org/e2e",
      options: { applicationServerKey: null },
      toJSON: () => ({
        endpoint: "https://push.example.org/e2e",
        keys: { p256dh: point, auth: "A".repeat(22) },
      }),
      unsubscribe: async () => true,
    };
    PushManager.prototype.getSubscription = async () => null;
    PushManager.prototype.subscribe = async () => subscription as unknown as PushSubscription;
  });
  await signIn(page, server, "ana@example.com");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  const panel = page.getByRole("dialog", { name: en.alerts.title });
  await panel.getByText(en.alerts.pushIs.off).waitFor();
  await panel.getByRole("button", { name: en.alerts.turnOn }).click();
  await panel.getByText(en.alerts.pushIs.on).waitFor();
  await picture(page, "alerts-push-on");
  await page.keyboard.press("Escape");

  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Pushed");
  await phone.write(conversation, "Wake up");
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("ServiceWorker.enable");
  const registration = await new Promise<string>((resolve) => {
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      if (registrations[0]) resolve(registrations[0].registrationId);
    });
    void cdp.send("ServiceWorker.enable");
  });
  const deliver = (data: object) =>
    cdp.send("ServiceWorker.deliverPushMessage", {
      origin: server.url,
      registrationId: registration,
      data: JSON.stringify(data),
    });
  const shown = () =>
    page.evaluate(async () => {
      const all = await (await navigator.serviceWorker.ready).getNotifications();
      return all.map(({ title, body, tag }) => ({ title, body, tag }));
    });
  const tidings = { conversation_id: conversation, message_id: "msg_1", badge: 1 };
  await until(async () => {
    // A worker that is only just starting may miss one; the same again takes its place.
    await deliver({ tidings, title: "Demo shop", body: "New message" });
    expect(await shown()).toContainEqual({ title: "Demo shop", body: "New message", tag: conversation });
  });
  await deliver({ tidings: { ...tidings, message_id: "msg_2" } });
  await until(async () =>
    expect((await shown()).filter(({ tag }) => tag === conversation)).toEqual([
      { title: "Tidings", body: "New message", tag: conversation },
    ]),
  );
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  await panel.getByRole("button", { name: en.alerts.turnOff }).click();
  await panel.getByText(en.alerts.pushIs.off).waitFor();
  expect(complaints).toEqual([]);
});

test("the settings keep WCAG AA, also on a narrow screen", async () => {
  const { page } = await openPage(browser, { locale: "fr-FR" });
  await record(page, "default");
  await signIn(page, server, "ana@example.com");
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  const panel = page.getByRole("dialog", { name: fr.alerts.title });
  await panel.getByLabel(fr.alerts.quiet).check();
  await panel.locator("input[name=from]").waitFor();
  await expectPictured(page, "alerts");
  await page.setViewportSize({ width: 320, height: 720 });
  await expectPictured(page, "alerts-narrow");
  await panel.getByLabel(fr.alerts.quiet).uncheck();
});
