import type { CDPSession, Page } from "playwright-core";
import { expect, test } from "vitest";
import { en } from "../src/settings/words/en";
import { fr } from "../src/settings/words/fr";
import { en as inbox } from "../src/words/en";
import { fr as inboxFr } from "../src/words/fr";
import { expectAccessible, expectPictured, openPage, picture, signIn } from "./harness/browser";
import { browser, server, setTheScene } from "./harness/scene";
import { PASSWORD } from "./harness/server";

setTheScene("ana", "bastien", "emile");

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** An authenticator inside the browser, which confirms by itself, or does not. */
class Authenticator {
  private constructor(
    private readonly session: CDPSession,
    private readonly id: string,
  ) {}

  static async of(page: Page): Promise<Authenticator> {
    const session = await page.context().newCDPSession(page);
    // Without a dialog of the browser's, which nobody could press here.
    await session.send("WebAuthn.enable", { enableUI: false });
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        ctap2Version: "ctap2_1",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new Authenticator(session, authenticatorId);
  }

  /** From now on the person does not show who they are. */
  async refuses(isRefusing = true): Promise<void> {
    await this.session.send("WebAuthn.setUserVerified", {
      authenticatorId: this.id,
      isUserVerified: !isRefusing,
    });
  }

  async credentials() {
    const answer = await this.session.send("WebAuthn.getCredentials", { authenticatorId: this.id });
    return answer.credentials;
  }
}

async function openSecurity(page: Page): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator("[data-settings=security]").waitFor();
}

async function addPasskey(page: Page): Promise<void> {
  await button(page, en.passkeys.add).click();
  await page.getByText(en.passkeys.made).waitFor();
}

async function signOut(page: Page): Promise<void> {
  await page.evaluate(() => fetch("/inbox/v1/session", { method: "DELETE" }));
  await page.goto(server.url);
}

/** The authenticator of these tests confirms at once, so what the browser offers by itself would be taken before anything else. */
const withoutOffers = (page: Page) =>
  page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });

/** The server wants a fresh proof, once: what it says ten minutes later is its own test. */
async function wantProof(page: Page, path: string): Promise<void> {
  let isFirst = true;
  await page.route(path, (route) => {
    if (!isFirst || route.request().method() !== "DELETE") return route.continue();
    isFirst = false;
    const problem = { code: "proof_needed", status: 403, type: "about:blank", title: "Prove it" };
    return route.fulfill({
      status: 403,
      contentType: "application/problem+json",
      body: JSON.stringify(problem),
    });
  });
}

test("a passkey is made, signs in without an address, proves who it is, and is removed", async () => {
  const { page, complaints } = await openPage(browser);
  const authenticator = await Authenticator.of(page);
  await signIn(page, server, "ana@example.com");
  await openSecurity(page);
  await page.getByText(en.passkeys.none).waitFor();
  await addPasskey(page);
  await expectAccessible(page, "passkeys");
  await picture(page, "passkeys-one");
  const [kept] = await authenticator.credentials();
  expect(kept?.isResidentCredential).toBe(true);
  expect(Buffer.from(kept?.userHandle ?? "", "base64")).toHaveLength(32);
  // The same device makes no second one.
  await button(page, en.passkeys.add).click();
  await page.getByText(en.passkeys.known).waitFor();

  await page.locator("[data-passkey]").getByRole("button", { name: en.passkeys.rename }).click();
  await page.getByRole("dialog").last().locator("input[name=name]").fill("Laptop at work");
  await page.keyboard.press("Enter");
  await page.getByText("Laptop at work").waitFor();

  // What the browser offers in the field for the address.
  await signOut(page);
  await page.waitForSelector("nav:visible");
  await withoutOffers(page);
  await signOut(page);
  await button(page, inbox.signIn.passkey).click();
  await page.waitForSelector("nav:visible");
  await openSecurity(page);
  await page.getByText("Laptop at work").waitFor();

  await wantProof(page, "**/inbox/v1/account/passkeys/*");
  await button(page, en.passkeys.removeOf("Laptop at work")).click();
  await page
    .getByRole("dialog")
    .last()
    .getByRole("button", { name: en.passkeys.remove, exact: true })
    .click();
  await button(page, en.passkeys.use).waitFor();
  await expectAccessible(page, "proof by passkey");
  await picture(page, "passkeys-proof");
  await button(page, en.passkeys.use).click();
  await page.getByText(en.passkeys.none).waitFor();

  // The keeper of the passkey still has it, and it opens nothing.
  await signOut(page);
  await button(page, inbox.signIn.passkey).click();
  await page.getByText(inbox.signIn.passkeyUnknown).waitFor();
  expect(complaints).toEqual([]);
});

test("who does not confirm is told so in words, and comes in with the password", async () => {
  const { page } = await openPage(browser);
  const authenticator = await Authenticator.of(page);
  await signIn(page, server, "bastien@example.com");
  await openSecurity(page);
  await authenticator.refuses();
  await button(page, en.passkeys.add).click();
  await page.getByText(en.passkeys.givenUp).waitFor();
  await picture(page, "passkeys-given-up");
  await authenticator.refuses(false);
  await addPasskey(page);
  await withoutOffers(page);
  await signOut(page);
  await authenticator.refuses();
  await button(page, inbox.signIn.passkey).click();
  await page.getByText(inbox.signIn.passkeyGivenUp).waitFor();
  await expectAccessible(page, "sign-in given up");
  await picture(page, "passkeys-sign-in-given-up");
  await page.fill("input[name=email]", "bastien@example.com");
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("nav:visible");
});

test("passkeys keep WCAG 2.2 AA and 320 pixels", async () => {
  const { page, complaints } = await openPage(browser, { locale: "fr-FR" });
  await Authenticator.of(page);
  await page.goto(server.url);
  await button(page, inboxFr.signIn.passkey).waitFor();
  await page.setViewportSize({ width: 320, height: 800 });
  await expectPictured(page, "passkeys-sign-in");
  await signIn(page, server, "emile@example.com");
  await openSecurity(page);
  await button(page, fr.passkeys.add).click();
  await page.locator("[data-passkey]").first().waitFor();
  for (const width of [1440, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await expectPictured(page, `passkeys-${width}`);
  }
  expect(complaints).toEqual([]);
});
