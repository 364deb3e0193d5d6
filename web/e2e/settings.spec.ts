import { generateKeyPairSync } from "node:crypto";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { appWords } from "../src/settings/company/appwords";
import { en } from "../src/settings/words/en";
import { fr } from "../src/settings/words/fr";
import { en as inbox } from "../src/words/en";
import {
  expectAccessible,
  expectPictured,
  goTo,
  openConversation,
  openPage,
  picture,
  signIn,
} from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";
import { PASSWORD } from "./harness/server";

let conversation: string;

setTheScene("ana");
beforeAll(async () => {
  server.addAgent("Olive Ott", "olive@example.com", "owner");
  server.addAgent("Tim Tran", "tim@example.com", "trainee");
  server.addAgent("Vera Vogt", "vera@example.com", "viewer");
  const phone = await Phone.signIn(server);
  conversation = await phone.open("Roles");
  await phone.write(conversation, "Hello?");
});

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const section = (page: Page, name: string) => page.locator(`[data-section=${name}]`).click();

async function openSettings(page: Page): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator("[data-settings]").waitFor();
}

test("somebody is invited, comes in by the link once, gets another role, and is shut out", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "olive@example.com");
  await openSettings(page);
  await section(page, "people");
  await button(page, en.people.invite).click();
  await page.fill("input[name=email]", "nina@example.com");
  await expectAccessible(page, "invite");
  await picture(page, "people-invite");
  await button(page, en.people.make).click();
  const link = (await page.locator("[data-link]").textContent()) ?? "";
  expect(link).toMatch(/^http:\/\/localhost:\d+\/join#.{43}$/);
  await picture(page, "people-link");
  await button(page, en.done).click();
  await page.getByText("nina@example.com").waitFor();

  const { page: nina, complaints: others } = await openPage(browser);
  await nina.goto(link);
  await nina.getByText("You will answer users in this inbox").waitFor();
  await expectAccessible(nina, "join");
  await picture(nina, "join");
  await nina.fill("input[name=name]", "Nina Novak");
  await nina.fill("input[name=password]", "12345678");
  await button(nina, en.join.submit).click();
  await nina.getByText(en.password.short).waitFor();
  await nina.fill("input[name=password]", PASSWORD);
  await button(nina, en.join.submit).click();
  await nina.waitForSelector("nav:visible");
  expect(new URL(nina.url()).hash).toBe("");
  const { page: again } = await openPage(browser);
  await again.goto(link);
  await again.getByText(en.join.gone).waitFor();
  await picture(again, "join-gone");

  await page.reload();
  const row = page.locator("[data-agent='nina@example.com']");
  await row.getByRole("combobox").selectOption("viewer");
  await page.waitForTimeout(200);
  await row.getByRole("button", { name: en.people.disableOf("Nina Novak") }).click();
  await picture(page, "people-disable");
  await page.getByRole("dialog").getByRole("button", { name: en.people.disable, exact: true }).click();
  await row.getByText("Shut out since").waitFor();
  await nina.getByText(inbox.signIn.ended).waitFor();
  await section(page, "log");
  await page.locator("[data-act=agent_disabled]").waitFor();
  await page.locator("select[name=act]").selectOption("agent_role_set");
  await page.locator("[data-act=agent_disabled]").waitFor({ state: "detached" });
  await page.getByText("role: viewer").waitFor();
  expect([...complaints, ...others]).toEqual([]);
});

test("a key is shown once, works, and works no more when it is revoked", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "olive@example.com");
  await openSettings(page);
  await section(page, "keys");
  await page.fill("input[name=label]", "Warehouse");
  await button(page, en.keys.make).click();
  const key = (await page.locator("[data-secret]").textContent()) ?? "";
  await picture(page, "keys-made");
  await button(page, en.done).click();
  const ask = () => fetch(`${server.address}/admin/v1/apps`, { headers: { authorization: `Bearer ${key}` } });
  expect((await ask()).status).toBe(200);
  await button(page, en.keys.revokeOf("Warehouse")).click();
  await page.getByRole("dialog").getByRole("button", { name: en.keys.revoke, exact: true }).click();
  await page.getByText("Warehouse", { exact: true }).waitFor({ state: "detached" });
  expect((await ask()).status).toBe(401);
});

test("an app's snippet has its keys filled in, and an identity key is made and revoked", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "olive@example.com");
  await openSettings(page);
  await section(page, "apps");
  const app = page.locator("section", { has: page.getByRole("heading", { name: "Demo shop" }) });
  expect(await app.locator("[data-snippet]").textContent()).toContain(`appId = "${server.app}"`);
  await app.getByRole("button", { name: "Swift", exact: true }).click();
  expect(await app.locator("[data-snippet]").textContent()).toContain(`appID: "${server.app}"`);
  await app.getByRole("button", { name: en.apps.add }).click();
  expect(((await page.locator("[data-secret]").textContent()) ?? "").length).toBe(43);
  await button(page, en.done).click();
  const revoke = app.getByRole("button", { name: /^Revoke idk_/ });
  await expect.poll(() => revoke.count()).toBe(2);
  await revoke.last().click();
  await page.getByRole("dialog").getByRole("button", { name: en.apps.revoke, exact: true }).click();
  await expect.poll(() => revoke.count()).toBe(1);
});

test("an app gets its keys for notifications, which are named and not shown, and says less in them", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "olive@example.com");
  await openSettings(page);
  await section(page, "apps");
  const app = page.locator("section", { has: page.getByRole("heading", { name: "Demo shop" }) });
  await app.locator("[data-push=apns]").click();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  const file = (name: string, content: string) => ({
    name,
    mimeType: "application/octet-stream",
    buffer: Buffer.from(content),
  });
  const save = page.getByRole("dialog").last().getByRole("button", { name: en.push.save, exact: true });
  const choose = (name: string, content: string) =>
    page.locator("input[name=file]").setInputFiles(file(name, content));
  await choose("AuthKey_ABCDE12345.p8", "not a key");
  await page.fill("input[name=team_id]", "TEAM123456");
  await page.fill("input[name=topic]", "com.example.shop");
  expect(await page.locator("input[name=key_id]").inputValue()).toBe("ABCDE12345");
  await save.click();
  await page.getByText(en.push.notAKey).waitFor();
  await expectAccessible(page, "push key");
  await picture(page, "push-key");
  await choose("AuthKey_ABCDE12345.p8", String(pem));
  await save.click();
  await page.getByText(/ABCDE12345 · com\.example\.shop/).waitFor();
  await app.locator("[data-push=fcm]").click();
  await choose("account.json", JSON.stringify({ type: "service_account" }));
  await save.click();
  await page.getByText(en.push.wrong).waitFor();
  await page.keyboard.press("Escape");
  await app.locator("[data-push=webhook]").click();
  await page.fill("input[name=url]", "https://push.example.org/in");
  await save.click();
  expect(await page.locator("[data-secret]").textContent()).toMatch(/^whsec_/);
  await button(page, en.done).click();
  await app.locator("select[name=privacy]").selectOption("opaque");
  await app.getByText(en.push.saved).waitFor();
  await page.reload();
  await page.getByText(/ABCDE12345 · com\.example\.shop/).waitFor();
  expect(await app.locator("select[name=privacy]").inputValue()).toBe("opaque");
  expect(complaints).toEqual([]);
});

test("an app is made, renamed with undo, shut by its name, opened again, and tested beside its keys", async () => {
  const own = appWords.en;
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "olive@example.com");
  await openSettings(page);
  await section(page, "apps");
  await button(page, own.make).click();
  await button(page, own.submit).click();
  await page.getByRole("alert").getByText(own.needName).waitFor();
  await page.fill("input[name=app_name]", "Fjord Shop");
  await expectAccessible(page, "make an app");
  await picture(page, "app-make");
  await button(page, own.submit).click();
  await page.getByText(own.made("Fjord Shop")).waitFor();
  const app = page.locator("section", {
    has: page.getByRole("heading", { name: "Fjord Shop", exact: true }),
  });
  await app.getByText(en.apps.noKeys).waitFor();

  await button(page, own.renameOf("Fjord Shop")).click();
  await page.fill("input[name=app_name]", "Fjord");
  await page.getByRole("dialog").last().getByRole("button", { name: own.save, exact: true }).click();
  await page.getByText(own.renamed("Fjord Shop", "Fjord")).waitFor();
  await page.getByRole("heading", { name: "Fjord", exact: true }).waitFor();
  await page.locator("[data-undo-app]").click();
  await app.waitFor();

  await button(page, own.shutOf("Fjord Shop")).click();
  const shut = page.getByRole("dialog").last().getByRole("button", { name: own.shut, exact: true });
  await page.fill("input[name=app_name]", "Fjord");
  expect(await shut.isDisabled()).toBe(true);
  await page.getByText(own.shutLead).waitFor();
  await page.fill("input[name=app_name]", "Fjord Shop");
  await expectAccessible(page, "shut an app");
  await picture(page, "app-shut-ask");
  await shut.click();
  await page.getByText(own.wasShut("Fjord Shop")).waitFor();
  await app.locator("[data-shut]").waitFor();
  await picture(page, "app-shut");
  await app.getByRole("button", { name: own.openOf("Fjord Shop") }).click();
  await page.getByText(own.opened("Fjord Shop")).waitFor();
  await app.locator("[data-shut]").waitFor({ state: "detached" });

  const phone = await Phone.signInAs(server, { sub: "tester-1", name: "Nils" });
  await phone.registerPush({ provider: "fcm", token: "a token that no service gave" });
  const shop = page.locator("section", { has: page.getByRole("heading", { name: "Demo shop" }) });
  await shop.locator("[data-test-push]").click();
  await page.fill("input[name=whom]", "nobody-here");
  await button(page, own.send).click();
  await page.getByText(own.nobody).waitFor();
  await page.fill("input[name=whom]", "tester-1");
  await button(page, own.send).click();
  await page.locator("[data-tested] [data-hop='key broken']").waitFor();
  await expectAccessible(page, "test push");
  await picture(page, "push-test");
  expect(complaints).toEqual([]);
});

test("a team gets its hours, and a phone is told when somebody is back", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "olive@example.com");
  await openSettings(page);
  await section(page, "hours");
  await page.getByLabel(en.hours.byHours).check();
  await page.getByLabel(en.hours.zone).selectOption("Europe/Paris");
  await page.getByLabel(en.hours.until("Monday")).fill("08:00");
  await button(page, en.hours.save).click();
  await page.getByText(en.hours.wrong.backwards).waitFor();
  await picture(page, "hours-wrong");
  await page.getByLabel(en.hours.until("Monday")).fill("12:00");
  await button(page, en.hours.addOn("Monday")).click();
  for (const day of ["Tuesday", "Wednesday", "Thursday", "Friday"]) {
    await button(page, en.hours.remove(day, "09:00")).click();
  }
  await button(page, en.hours.addHoliday).click();
  await page.getByLabel(en.hours.date).fill("2031-12-25");
  await page.getByLabel(en.hours.holiday).fill("Christmas");
  await page.getByLabel(en.hours.handsBack).check();
  await expectAccessible(page, "hours");
  await picture(page, "hours");
  await button(page, en.hours.save).click();
  await page.getByText(en.hours.saved).waitFor();
  const phone = await Phone.signIn(server);
  const { back_at } = await phone.answering();
  const paris = new Intl.DateTimeFormat("en", {
    timeZone: "Europe/Paris",
    weekday: "long",
    hour: "numeric",
    hourCycle: "h23",
  });
  // On a Monday in these hours somebody is there.
  if (back_at) expect(paris.format(new Date(back_at))).toMatch(/^Monday.* (09|13)/);
  else expect(paris.format(new Date())).toMatch(/^Monday/);
  await page.reload();
  expect(await page.getByLabel(en.hours.until("Monday")).first().inputValue()).toBe("12:00");
  expect(await page.getByLabel(en.hours.handsBack).isChecked()).toBe(true);
  expect(await page.getByLabel(en.hours.holiday).inputValue()).toBe("Christmas");
  await page.getByLabel(en.hours.always).check();
  await button(page, en.hours.save).click();
  await page.getByText(en.hours.saved).waitFor();
  expect(await phone.answering()).toEqual({});
  expect(complaints).toEqual([]);
});

test("a viewer reads, a trainee writes notes and proposes, and the page says why not more", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "vera@example.com");
  await goTo(page, "all");
  await page.locator(`[data-conversation=${conversation}]`).click();
  await page.getByText(inbox.roles.reads).waitFor();
  expect(await page.locator("#composer").count()).toBe(0);
  await page.keyboard.press("r");
  await page.keyboard.press("e");
  await picture(page, "role-viewer");
  await expectAccessible(page, "viewer");
  await openSettings(page);
  expect(await page.locator("[data-section]").count()).toBe(1);
  await page.getByText(en.onlyAdmins).waitFor();

  const { page: tim } = await openPage(browser);
  await signIn(tim, server, "tim@example.com");
  await goTo(tim, "all");
  await openConversation(tim, conversation);
  await tim.getByText(inbox.roles.learns).waitFor();
  await tim.keyboard.press("Escape");
  await tim.keyboard.press("n");
  await tim.fill("#composer", "I would answer: hello!");
  await tim.keyboard.press("Control+Enter");
  await tim.locator("[data-note]").waitFor();
  await picture(tim, "role-trainee");
  await expectAccessible(tim, "trainee");
  expect(complaints).toEqual([]);
});

test("the company's settings keep WCAG 2.2 AA and 320 pixels", async () => {
  const { page, complaints } = await openPage(browser, { locale: "fr-FR" });
  await signIn(page, server, "olive@example.com");
  await openSettings(page);
  for (const name of [
    "replies",
    "people",
    "hours",
    "rules",
    "tags",
    "apps",
    "webhooks",
    "keys",
    "data",
    "log",
  ] as const) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await section(page, name);
    await page.getByRole("heading", { level: 1, name: fr.names[name] }).waitFor();
    await expect.poll(() => page.getByText(fr.loading).count()).toBe(0);
    for (const width of [1440, 320]) {
      await page.setViewportSize({ width, height: 900 });
      await expectPictured(page, `settings-${name}-${width}`);
    }
  }
  expect(complaints).toEqual([]);
}, 120_000);
