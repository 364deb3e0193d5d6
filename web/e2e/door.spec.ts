import { createHmac } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { en } from "../src/settings/words/en";
import { fr } from "../src/settings/words/fr";
import { en as inbox } from "../src/words/en";
import { expectAccessible, expectPictured, openPage, picture, signIn } from "./harness/browser";
import { browser, server, setTheScene } from "./harness/scene";
import { PASSWORD } from "./harness/server";

setTheScene("ana", "bastien", "emile");

/** What an authenticator does (RFC 6238), as another hand wrote it. */
function codeOf(secret: string, at: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  const place = (mac[19] ?? 0) & 15;
  return String((mac.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

async function openSecurity(page: Page): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator("[data-settings=security]").waitFor();
}

/** Sets the second factor up; answers its secret and the recovery codes. */
async function setUp(page: Page): Promise<{ secret: string; codes: string[] }> {
  const secret = ((await page.locator("[data-secret]").textContent()) ?? "").replaceAll(" ", "");
  await page.fill("input[name=code]", codeOf(secret, Date.now()));
  await page.keyboard.press("Enter");
  await page.locator("[data-recovery-code]").first().waitFor();
  return { secret, codes: await page.locator("[data-recovery-code]").allTextContents() };
}

async function signInWith(page: Page, email: string, code: string): Promise<void> {
  await page.goto(server.url);
  await page.fill("input[name=email]", email);
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("input[name=code]");
  await page.fill("input[name=code]", code);
  await page.keyboard.press("Enter");
}

test("a second factor is set up, asked for, got round by a recovery code once, and removed", async () => {
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await openSecurity(page);
  await button(page, en.factor.setUp).click();
  await page.locator("[data-secret]").waitFor();
  await picture(page, "security-scan");
  await expectAccessible(page, "scan");
  await page.fill("input[name=code]", "000000");
  await page.keyboard.press("Enter");
  await page.getByText(en.refusals["wrong_code"] ?? "").waitFor();
  const { secret, codes } = await setUp(page);
  expect(new Set(codes).size).toBe(10);
  await expectAccessible(page, "codes");
  await picture(page, "security-codes");
  await button(page, en.factor.codesKept).click();
  await page.getByText(en.factor.codesLeft(10)).waitFor();

  const { page: other } = await openPage(browser);
  await signInWith(other, "ana@example.com", codeOf(secret, Date.now()));
  await other.getByText(inbox.signIn.wrongCode).waitFor();
  await expectAccessible(other, "sign-in with a code");
  await picture(other, "sign-in-code");
  await other.fill("input[name=code]", codes[0] ?? "");
  await other.keyboard.press("Enter");
  await other.waitForSelector("nav:visible");
  const { page: third } = await openPage(browser);
  await signInWith(third, "ana@example.com", codes[0] ?? "");
  await third.getByText(inbox.signIn.wrongCode).waitFor();

  await page.reload();
  await page.getByText(en.factor.codesLeft(9)).waitFor();
  await button(page, en.factor.remove).click();
  await page
    .getByRole("dialog", { name: en.factor.remove })
    .getByRole("button", { name: en.factor.remove })
    .click();
  await button(page, en.factor.setUp).waitFor();
  expect(complaints).toEqual([]);
});

test("what is dangerous asks again who it is, when the sign-in was a while ago", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "bastien@example.com");
  await openSecurity(page);
  // Ten minutes later: what the server says then is its own test.
  let isFirst = true;
  await page.route("**/inbox/v1/account/second_factor", (route) => {
    if (!isFirst) return route.continue();
    isFirst = false;
    const problem = {
      code: "proof_needed",
      status: 403,
      type: "about:blank",
      title: "Prove again who you are",
    };
    return route.fulfill({
      status: 403,
      contentType: "application/problem+json",
      body: JSON.stringify(problem),
    });
  });
  await button(page, en.factor.setUp).click();
  await page.getByRole("dialog", { name: en.prove.title }).waitFor();
  await expectAccessible(page, "proof");
  await picture(page, "security-proof");
  await page.fill("input[name=proof]", "not my password");
  await page.keyboard.press("Enter");
  await page.getByText(en.refusals["wrong_credentials"] ?? "").waitFor();
  await page.fill("input[name=proof]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator("[data-secret]").waitFor();
});

test("sessions are listed and ended, and another password ends the others", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "emile@example.com");
  const { page: other } = await openPage(browser);
  await signIn(other, server, "emile@example.com");
  await openSecurity(page);
  await page.locator("[data-session=other]").waitFor();
  await page.locator("[data-session=other]").getByRole("button").click();
  await page.locator("[data-session=other]").waitFor({ state: "detached" });
  await other.getByText(inbox.signIn.ended).waitFor();
  await signIn(other, server, "emile@example.com");
  await page.fill("input[name=current]", PASSWORD);
  await page.fill("input[name=next]", "12345678");
  await button(page, en.password.change).click();
  await page.getByText(en.password.short).waitFor();
  await page.fill("input[name=next]", "a longer battery for horses");
  await button(page, en.password.change).click();
  await page.getByText(en.password.changed).waitFor();
  await other.getByText(inbox.signIn.ended).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL(/\/mine/);
});

test("the page of security keeps WCAG 2.2 AA and 320 pixels", async () => {
  const { page, complaints } = await openPage(browser, { locale: "fr-FR" });
  await signIn(page, server, "bastien@example.com");
  await openSecurity(page);
  await button(page, fr.factor.setUp).waitFor();
  for (const width of [1440, 900, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await expectPictured(page, `security-${width}`);
  }
  expect(complaints).toEqual([]);
});
