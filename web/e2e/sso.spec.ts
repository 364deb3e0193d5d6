import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { en } from "../src/settings/words/en";

import { en as inbox } from "../src/words/en";
import { expectAccessible, expectPictured, launch, openPage, picture, signIn } from "./harness/browser";
import { Provider } from "./harness/provider";
import { AUTHORITY } from "./harness/receiver";
import { PASSWORD, Server } from "./harness/server";

let server: Server;
let browser: Browser;
let provider: Provider;

beforeAll(async () => {
  provider = await Provider.start();
  server = await Server.prepare((folder) => {
    const signIn = `[sign_in]\ninside_hosts = ["localhost"]\nextra_ca = ${JSON.stringify(AUTHORITY)}\n`;
    appendFileSync(join(folder, "tidings.toml"), signIn);
  });
  server.addAgent("Olive Ott", "olive@example.com", "owner");
  server.addAgent("Ana Moreau", "ana@example.com");
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
  await provider?.close();
});

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const open = (options = {}) => openPage(browser, { ignoreHTTPSErrors: true, ...options });

async function openSecurity(page: Page): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator("[data-settings=security]").waitFor();
}

async function byProvider(page: Page, email: string): Promise<void> {
  await page.goto(server.url);
  await button(page, inbox.signIn.provider("Acme ID")).click();
  await page.waitForURL(/authorize/);
  await page.fill("input[name=email]", email);
  await button(page, "Go on").click();
}

test("an owner sets the provider after trying it, and agents come in by it", async () => {
  const { page, complaints } = await open();
  await signIn(page, server, "olive@example.com");
  await openSecurity(page);
  await button(page, en.sso.setUp).click();
  const form = page.locator("[data-sign-on]");
  await form.locator("input[name=label]").fill("Acme ID");
  await form.locator("input[name=issuer]").fill(`${provider.issuer}/`);
  await form.locator("input[name=client]").fill(provider.clientId);
  await form.locator("input[name=secret]").fill("not the secret");
  await form.locator("input[name=domains]").fill("example.com");
  await button(page, en.sso.test).click();
  await page.getByText(en.sso.faults.issuer).waitFor();
  await form.locator("input[name=issuer]").fill(provider.issuer);
  await button(page, en.sso.test).click();
  await page.getByText(en.sso.faults.client).waitFor();
  await picture(page, "sso-fault");
  await form.locator("input[name=secret]").fill(provider.clientSecret);
  await button(page, en.sso.test).click();
  await page.getByText(en.sso.works).waitFor();
  await expectAccessible(page, "single sign-on");
  await picture(page, "sso-works");
  await button(page, en.sso.save).click();
  await page.getByText(provider.issuer).waitFor();
  expect(complaints).toEqual([]);

  const { page: other, complaints: others } = await open();
  await byProvider(other, "ana@example.com");
  await other.waitForSelector("nav:visible");
  expect(new URL(other.url()).search, "what opened the door is gone").toBe("");
  expect(others).toEqual([]);

  // Away from the sign-in for a while, the agent proves who they are at the provider, in a window of its own.
  await openSecurity(other);
  let isFirst = true;
  await other.route("**/inbox/v1/account/second_factor", (route) => {
    if (!isFirst) return route.continue();
    isFirst = false;
    const problem = { code: "proof_needed", status: 403, type: "about:blank", title: "Prove it" };
    return route.fulfill({
      status: 403,
      contentType: "application/problem+json",
      body: JSON.stringify(problem),
    });
  });
  await button(other, en.factor.setUp).click();
  const opening = other.context().waitForEvent("page");
  await button(other, en.sso.use("Acme ID")).click();
  const popup = await opening;
  await popup.fill("input[name=email]", "ana@example.com");
  await button(popup, "Go on").click();
  await other.locator("[data-secret]").waitFor();

  const { page: third } = await open();
  await byProvider(third, "stranger@example.com");
  await third.getByText(en.refusals["not_invited"] ?? "").waitFor();
  await expectAccessible(third, "not invited");
  await picture(third, "sso-not-invited");
  await button(third, en.sso.back).click();
  await button(third, inbox.signIn.provider("Acme ID")).click();
  await third.waitForURL(/authorize/);
  await button(third, "Refuse").click();
  await third.getByText(en.sso.refused).waitFor();
});

test("who has forgotten their password sets another with a link", async () => {
  const { page, complaints } = await open();
  await signIn(page, server, "olive@example.com");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator("[data-settings=security]").waitFor();
  await page.goto(`${server.url}/settings/people`);
  await button(page, en.people.passwordLinkOf("Ana Moreau")).click();
  const link = (await page.locator("[data-link]").textContent()) ?? "";
  await picture(page, "password-link");
  const { page: other, complaints: others } = await open();
  await other.goto(link);
  await other.getByText(en.join.setTitle).waitFor();
  await expectAccessible(other, "set a password");
  await picture(other, "password-set");
  await other.fill("input[name=password]", "another long password");
  await button(other, en.join.setSubmit).click();
  await other.getByText(en.join.isSet).waitFor();
  await button(other, en.join.signIn).click();
  await other.getByText(inbox.signIn.forgotten).waitFor();
  await other.fill("input[name=email]", "ana@example.com");
  await other.fill("input[name=password]", "another long password");
  await other.keyboard.press("Enter");
  await other.waitForSelector("nav:visible");
  await other.goto(link);
  await other.getByText(en.join.gone).waitFor();
  expect(complaints).toEqual([]);
  expect(others.filter((it) => !it.includes("404"))).toEqual([]);
});

test("where it is the only way, one owner has another", async () => {
  const { page } = await open();
  await byProvider(page, "olive@example.com");
  await page.getByText(en.refusals["connect_first"] ?? "").waitFor();
  await picture(page, "sso-connect-first");
  await button(page, en.sso.back).click();
  await page.fill("input[name=email]", "olive@example.com");
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("nav:visible");
  await openSecurity(page);
  await button(page, en.connection.connect).click();
  await page.waitForURL(/authorize/);
  await page.fill("input[name=email]", "olive@example.com");
  await button(page, "Go on").click();
  await page.getByText(en.sso.connected, { exact: true }).waitFor();
  await button(page, en.sso.toInbox).click();
  await page.waitForSelector("nav:visible");
  await openSecurity(page);
  await page.getByText(en.connection.on, { exact: true }).waitFor();
  await picture(page, "sso-connected");
  await button(page, en.sso.change).click();
  const form = page.locator("[data-sign-on]");
  await form.locator("input[name=new]").check();
  await form.locator("select[name=role]").selectOption("viewer");
  await form.locator("input[name=only]").check();
  await form.locator("select[name=emergency]").selectOption({ label: "Olive Ott" });
  await button(page, en.sso.save).click();
  await page.getByText(en.sso.isOnly).waitFor();

  const { page: other } = await open();
  await byProvider(other, "zoe@example.com");
  await other.waitForSelector("nav:visible");

  const { page: third } = await open();
  await third.goto(server.url);
  await button(third, inbox.signIn.provider("Acme ID")).waitFor();
  expect(await third.locator("input[name=password]").count()).toBe(0);
  await expectPictured(third, "sso-only");
  await button(third, inbox.signIn.emergency).click();
  await third.fill("input[name=email]", "ana@example.com");
  await third.fill("input[name=password]", "another long password");
  await third.keyboard.press("Enter");
  await third.getByText(inbox.signIn.onlyProvider).waitFor();
  await third.fill("input[name=email]", "olive@example.com");
  await third.fill("input[name=password]", PASSWORD);
  await third.keyboard.press("Enter");
  await third.waitForSelector("nav:visible");
  await openSecurity(third);
  await button(third, en.sso.change).click();
  await third.setViewportSize({ width: 320, height: 800 });
  await third.locator("[data-sign-on]").scrollIntoViewIfNeeded();
  await expectPictured(third, "sso-form");
});
