import { beforeAll, expect, test } from "vitest";
import { availabilityWords } from "../src/availability/words";
import { routedWords } from "../src/inbox/thread/routed";
import { ruleWords } from "../src/settings/company/rulewords";
import { teamWords } from "../src/settings/company/teamwords";
import { fr as frSettings } from "../src/settings/words/fr";
import {
  expectAccessible,
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

const own = ruleWords.en;

let phone: Phone;

setTheScene("bastien");
beforeAll(async () => {
  server.addAgent("Olive Ott", "olive@example.com", "owner");
  phone = await Phone.signInAs(server, { sub: "c-1", name: "Camille Petit", email: "camille@example.fr" });
});

async function settings(locale = "en-GB") {
  const it = await openPage(browser, { locale });
  await signIn(it.page, server, "olive@example.com");
  await it.page.keyboard.press("g");
  await it.page.keyboard.press("p");
  await it.page.locator("[data-section=rules]").click();
  await it.page.locator("[data-settings=rules]").waitFor();
  return it;
}

test("a rule is written, tried, saved, and gives what is opened to whom it says, who reads why", async () => {
  await phone.write(await phone.open("Before"), "An old question");
  const { page, complaints } = await settings();
  await page.getByText(own.none).waitFor();
  await page.getByRole("button", { name: own.add }).click();
  await page.getByRole("button", { name: own.save, exact: true }).click();
  await page.getByRole("alert").getByText(own.wrong.name).waitFor();
  const rule = page.locator("[data-rule='0']");
  await rule.locator("input[name=name]").fill("Refunds");
  await rule.locator("input[name=skill]").fill("billing");
  const ben = page.locator("[data-talents='bastien@example.com']");
  await ben.locator("input[name=skills]").fill("Billing, returns");
  await ben.getByRole("button").click();
  await ben.getByText(own.saved).waitFor();

  await page.getByRole("button", { name: own.tryIt }).click();
  await page.locator("[data-tried=Refunds]").getByText(own.byRule("Refunds", 1)).waitFor();
  await page.locator("[data-trial]").getByText("Refunds → Bastien Roche").waitFor();
  await picture(page, "rules-trial");
  await expectAccessible(page, "rules, tried");
  await page.getByRole("button", { name: own.save, exact: true }).first().click();
  await page.locator("[role=status]").getByText(own.saved).first().waitFor();

  const { page: bastien } = await openPage(browser).then(async (it) => {
    await signIn(it.page, server, "bastien@example.com");
    await goTo(it.page, "mine");
    return it;
  });
  const id = await phone.open("A refund");
  await phone.write(id, "I want my money back");
  await row(bastien, id).waitFor();
  await openConversation(bastien, id);
  await bastien.locator("[data-routed]").getByText(routedWords.en.byRule("Refunds")).waitFor();
  await picture(bastien, "rules-line");
  await expectAccessible(bastien, "why it is his");
  expect(complaints).toEqual([]);
});

test("what somebody leaves behind goes back when they are away, and says so", {
  timeout: 180_000,
}, async () => {
  const { page } = await settings();
  await page.locator("[data-rule='0']").waitFor();
  await page.locator("input[name=return_after]").fill("0");
  await page.getByRole("button", { name: own.save, exact: true }).first().click();
  await page.getByRole("alert").getByText(own.wrong.minutes).waitFor();
  await page.locator("input[name=return_after]").fill("1");
  await page.getByRole("button", { name: own.save, exact: true }).first().click();
  await page.locator("[role=status]").getByText(own.saved).first().waitFor();

  const { page: bastien } = await openPage(browser);
  await signIn(bastien, server, "bastien@example.com");
  await goTo(bastien, "mine");
  const id = await phone.open("Left behind");
  await phone.write(id, "Is anybody there?");
  await row(bastien, id).waitFor();
  await bastien.keyboard.press("g");
  await bastien.keyboard.press("w");
  await bastien.locator("[data-preset=open]").click();
  await bastien.keyboard.press("Escape");
  // A minute, and the look that comes after it.
  await row(bastien, id).waitFor({ state: "detached", timeout: 120_000 });
  await goTo(bastien, "unassigned");
  await openConversation(bastien, id);
  await bastien.locator("[data-routed]").getByText(routedWords.en.wasAway("Bastien Roche")).waitFor();
  await picture(bastien, "rules-returned");
  await bastien.locator("[data-away]").getByRole("button", { name: availabilityWords.en.back }).click();
  await bastien.locator("[data-away]").waitFor({ state: "detached" });
});

test("a team is made, named and peopled, and whoever leaves one is signed out", async () => {
  const words = teamWords.en;
  const { page: bastien } = await openPage(browser);
  await signIn(bastien, server, "bastien@example.com");
  const { page, complaints } = await settings();
  await page.locator("[data-section=people]").click();
  await page.getByRole("button", { name: words.add }).click();
  await page.locator("dialog input[name=name]").last().fill("Support");
  await page.getByRole("button", { name: words.make, exact: true }).click();
  await page.getByRole("alert").getByText(words.taken).waitFor();
  await page.locator("dialog input[name=name]").last().fill("Billing");
  await page.getByRole("button", { name: words.make, exact: true }).click();
  await page.locator("[data-team=Billing]").getByText(words.count(0)).waitFor();
  await page.getByRole("button", { name: words.changeOf("Billing") }).click();
  await page.locator("input[name='bastien@example.com']").check();
  await picture(page, "teams");
  await expectAccessible(page, "the members of a team");
  await page.getByRole("button", { name: words.save, exact: true }).last().click();
  await page.locator("[data-team=Billing]").getByText(words.count(1)).waitFor();
  await page.getByRole("button", { name: words.changeOf("Billing") }).click();
  await page.locator("dialog input[name=name]").last().fill("Money");
  await page.locator("input[name='bastien@example.com']").uncheck();
  await page.getByRole("button", { name: words.save, exact: true }).last().click();
  await page.locator("[data-team=Money]").getByText(words.count(0)).waitFor();
  await bastien.locator("input[name=email]").waitFor();
  expect(complaints).toEqual([]);
});

test("the rules keep WCAG AA, also on a narrow screen in French", async () => {
  const words = ruleWords.fr;
  const { page } = await settings("fr-FR");
  await page.getByRole("heading", { name: frSettings.names.rules, level: 1 }).waitFor();
  await page.getByRole("button", { name: words.add }).click();
  await page.locator("[data-rule='1'] input[name=name]").fill("La nuit");
  await page.locator("[data-rule='1'] select[name=to]").selectOption("nobody");
  await page.getByRole("button", { name: words.up("La nuit") }).click();
  await until(async () =>
    expect(await page.locator("[data-rule='0'] input[name=name]").inputValue()).toBe("La nuit"),
  );
  await expectPictured(page, "rules");
  await page.setViewportSize({ width: 320, height: 720 });
  const inside = page.locator("[data-settings=rules]");
  expect(await inside.evaluate((it) => it.scrollWidth - it.clientWidth)).toBe(0);
  await expectPictured(page, "rules-narrow");
});
