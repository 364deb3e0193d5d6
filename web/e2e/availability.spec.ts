import { beforeAll, expect, test } from "vitest";
import { availabilityWords } from "../src/availability/words";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
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

const own = availabilityWords.en;

let phone: Phone;

setTheScene("ana", "bastien", "emile");
beforeAll(async () => {
  phone = await Phone.signInAs(server, { sub: "c-1", name: "Camille Petit", email: "camille@example.fr" });
});

const conversation = async (title: string) => {
  const id = await phone.open(title);
  await phone.write(id, "Has it left?");
  return id;
};

async function signedIn(name: string, view: "all" | "mine") {
  const it = await openPage(browser);
  await signIn(it.page, server, `${name}@example.com`);
  await goTo(it.page, view);
  return it;
}

test("whoever is away hands over what is theirs, gets nothing new, and is back by a key", async () => {
  const [his, other] = [await conversation("His own"), await conversation("A new one")];
  const { page: ana, complaints } = await signedIn("ana", "all");
  const { page: ben } = await signedIn("bastien", "all");
  await openConversation(ben, his);
  await ben.keyboard.press("Escape");
  await ben.keyboard.press("i");
  await openConversation(ana, his);
  await ana.locator("header").getByText("Bastien Roche").first().waitFor();

  await ben.keyboard.press("g");
  await ben.keyboard.press("w");
  await ben.locator("[data-preset=open]").waitFor();
  await expectAccessible(ben, "going away");
  await picture(ben, "availability-going");
  await ben.locator("[data-preset=hours]").click();
  const dialog = ben.getByRole("dialog", { name: own.awayTitle });
  await dialog.locator("[data-mine='1']").waitFor();
  await ben.locator("[data-away]").waitFor();
  // Colleagues see it, live.
  await ana.locator("[data-assignee-away]").waitFor();

  // Émile is the one who is there.
  await dialog.getByLabel(own.overTo).selectOption({ label: "Émile Renard" });
  await dialog.getByRole("button", { name: own.over, exact: true }).click();
  await dialog.getByText(own.handed(1, 0, "Émile Renard")).waitFor();
  await ana.locator("header").getByText("Émile Renard").first().waitFor();
  await ana.locator("[data-assignee-away]").waitFor({ state: "detached" });
  await ben.keyboard.press("Escape");

  // Nothing new goes to him: he is in the list, and cannot be picked.
  await openConversation(ana, other);
  await ana.keyboard.press("Escape");
  await ana.keyboard.press("a");
  await ana.getByRole("combobox").fill("Bastien");
  const choice = ana.locator("[data-choice]", { hasText: "Bastien Roche" });
  await choice.getByText("Away until").waitFor();
  expect(await choice.getAttribute("aria-disabled")).toBe("true");
  await picture(ana, "availability-assign");
  await expectAccessible(ana, "assigning while somebody is away");
  await ana.keyboard.press("Enter");
  await choice.click({ force: true });
  expect(await ana.getByRole("combobox").isVisible()).toBe(true);
  await ana.keyboard.press("Escape");

  await ben.locator("[data-away]").getByRole("button", { name: own.back }).click();
  await ben.locator("[data-away]").waitFor({ state: "detached" });
  await ana.keyboard.press("a");
  await ana.getByRole("combobox").fill("Bastien");
  await ana.locator("[data-choice]:not([aria-disabled=true])").getByText("Bastien Roche").waitFor();
  await ana.keyboard.press("Enter");
  await row(ana, other).waitFor();
  await ana.locator("header").getByText("Bastien Roche").first().waitFor();
  expect(complaints).toEqual([]);
});

test("an assignment that the server refuses because somebody went away meanwhile is said in words", async () => {
  const id = await conversation("Too late");
  const { page } = await signedIn("ana", "all");
  await openConversation(page, id);
  await page.keyboard.press("Escape");
  await page.keyboard.press("a");
  await page.getByRole("combobox").fill("Bastien");
  await page.locator("[data-choice]").getByText("Bastien Roche").waitFor();
  // This page does not hear of it: what it is told on the way is lost.
  await page.route("**/inbox/v1/availability", (route) => route.abort());
  const { page: ben } = await signedIn("bastien", "mine");
  await ben.keyboard.press("g");
  await ben.keyboard.press("w");
  await ben.locator("[data-preset=open]").click();
  await ben.locator("[data-away]").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText(en.triage.assignRefusedMore).waitFor();
  await ben.keyboard.press("Escape");
  await page.locator("header").getByText("Bastien Roche").first().waitFor({ state: "detached" });
  await ben.locator("[data-away]").getByRole("button", { name: own.back }).click();
  await ben.locator("[data-away]").waitFor({ state: "detached" });
});

test("they are back by themselves when their time has come", async () => {
  const { page } = await signedIn("emile", "mine");
  // The agent's clock is three hours behind but for some seconds: what they call "in three hours" is soon for the server.
  await page.clock.setSystemTime(Date.now() - 3 * 3_600_000 + 8_000);
  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await page.locator("[data-preset=hours]").click();
  await page.locator("[data-away]").waitFor();
  await page.keyboard.press("Escape");
  await page.clock.setSystemTime(Date.now());
  const { page: ana } = await signedIn("ana", "all");
  await until(async () => {
    const answer = await ana.request.get(`${server.url}/inbox/v1/availability`);
    expect((await answer.json()).agents).toEqual([]);
  });
});

test("the switch keeps WCAG AA, also on a narrow screen", async () => {
  const words = availabilityWords.fr;
  const { page } = await openPage(browser, { locale: "fr-FR" });
  await signIn(page, server, "emile@example.com");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("absent");
  await page.getByRole("option", { name: fr.keys.actions.availability }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator("[data-preset=open]").click();
  await page.getByRole("dialog", { name: words.awayTitle }).waitFor();
  await expectPictured(page, "availability");
  await page.setViewportSize({ width: 320, height: 720 });
  await expectPictured(page, "availability-narrow");
  await page.keyboard.press("Escape");
  await page.locator("[data-away]").waitFor();
  await expectPictured(page, "availability-bar-narrow");
  await page.locator("[data-away]").getByRole("button", { name: words.back }).click();
  await page.locator("[data-away]").waitFor({ state: "detached" });
});
