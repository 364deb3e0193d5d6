import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { repliesWords } from "../src/settings/company/replieswords";
import { tagWords } from "../src/settings/company/tagwords";
import { expectAccessible, goTo, openPage, picture, row, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

const own = tagWords.en;
let ids: string[];

setTheScene("ana");
beforeAll(async () => {
  server.addAgent("Olive Ott", "olive@example.com", "owner");
  const phone = await Phone.signInAs(server, { sub: "c-1", name: "Camille Petit" });
  ids = [];
  for (const title of ["My parcel", "My money", "My chair"]) {
    const id = await phone.open(title);
    await phone.write(id, "Hello?");
    ids.push(id);
  }
});

/** As an agent's page asks. */
const ask = (page: Page, method: string, path: string, body: unknown) =>
  page.evaluate(
    async ([how, where, what]) => {
      const answer = await fetch(`/inbox/v1/${where}`, {
        method: how as string,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(what),
      });
      return answer.status;
    },
    [method, path, body] as const,
  );
const tag = async (page: Page, id: string, ...add: string[]) =>
  expect(await ask(page, "POST", `conversations/${id}/tags`, { add })).toBe(200);
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const dialog = (page: Page) => page.getByRole("dialog").last();

async function settings(page: Page, section: string): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.locator(`[data-section=${section}]`).click();
  await page.locator(`[data-settings=${section}]`).waitFor();
}

test("a slip of the pen is put right everywhere, and a page that is open follows", async () => {
  const { page: ana, complaints: others } = await openPage(browser);
  await signIn(ana, server, "ana@example.com");
  await goTo(ana, "all");
  const [one = "", two = "", three = ""] = ids;
  await tag(ana, one, "Refunf");
  await tag(ana, two, "Refund", "VIP");
  await tag(ana, three, "refunf", "VIP");
  await row(ana, one).getByText("Refunf").waitFor();

  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "olive@example.com");
  await settings(page, "tags");
  const line = (name: string) => page.locator(`[data-tag="${name}"]`);
  await line("Refunf").getByText(own.conversations(2)).waitFor();
  await picture(page, "tags");
  await button(page, own.renameOf("Refunf")).click();
  await page.fill("input[name=tag]", "REFUND");
  await page.getByText(own.taken("Refund")).waitFor();
  await expectAccessible(page, "rename a tag");
  await picture(page, "tag-taken");
  // Neither marking the words and letting go outside nor an input method's own Esc throws them away.
  const field = await page.locator("input[name=tag]").boundingBox();
  await page.mouse.move((field?.x ?? 0) + 20, (field?.y ?? 0) + 10);
  await page.mouse.down();
  await page.mouse.move(3, 3, { steps: 4 });
  await page.mouse.up();
  await page.locator("input[name=tag]").dispatchEvent("keydown", { key: "Escape", isComposing: true });
  expect(await page.inputValue("input[name=tag]")).toBe("REFUND");
  await button(page, own.mergeInstead).click();
  expect(await page.locator("select[name=into]").inputValue()).toBe("Refund");
  await expectAccessible(page, "merge a tag");
  await picture(page, "tag-merge");
  await dialog(page).getByRole("button", { name: own.merge, exact: true }).click();
  await page.getByText(own.merged("Refunf", "Refund")).waitFor();
  await line("Refunf").waitFor({ state: "detached" });
  await line("Refund").getByText(own.conversations(3)).waitFor();
  await row(ana, one).getByText("Refund", { exact: true }).waitFor();

  await button(page, own.renameOf("VIP")).click();
  await page.fill("input[name=tag]", " ");
  await dialog(page).getByRole("button", { name: own.save, exact: true }).click();
  await page.getByRole("alert").getByText(own.needName).waitFor();
  await page.fill("input[name=tag]", "Important");
  await dialog(page).getByRole("button", { name: own.save, exact: true }).click();
  await page.getByText(own.renamed("VIP", "Important")).waitFor();
  await row(ana, two).getByText("Important").waitFor();
  await page.locator("[data-undo-tag]").click();
  await page.getByText(own.undone("VIP")).waitFor();
  await row(ana, two).getByText("VIP").waitFor();

  const rule = { name: "Money", tags: ["refund"], to: { kind: "nobody" } };
  expect(await ask(page, "PUT", "settings/assignment_rules", { rules: [rule] })).toBe(204);
  await page.locator("[data-section=log]").click();
  await page.locator("[data-act=tag_merged]").waitFor();
  await page.locator("[data-section=tags]").click();
  await button(page, own.deleteOf("Refund")).click();
  await page.getByText(own.ruled("Money")).waitFor();
  await picture(page, "tag-ruled");
  await page.keyboard.press("Escape");
  await button(page, own.deleteOf("VIP")).click();
  await dialog(page)
    .getByText(own.deleteLead(own.conversations(2)))
    .waitFor();
  await expectAccessible(page, "delete a tag");
  await dialog(page).getByRole("button", { name: own.delete, exact: true }).click();
  await page.getByText(own.deleted("VIP")).waitFor();
  await row(ana, two).getByText("VIP").waitFor({ state: "detached" });
  expect([...complaints, ...others]).toEqual([]);
});

test("saved replies are found, written and had back in the settings, also by who does not administer", async () => {
  const words = repliesWords.en;
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await settings(page, "replies");
  expect(await page.locator("[data-section]").count()).toBe(2);
  await page.getByText(words.none).waitFor();
  const write = async (name: string, text: string, isMine: boolean) => {
    await button(page, words.add).click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Words in English").fill(text);
    if (isMine) await dialog(page).getByRole("combobox").first().selectOption("");
    await button(page, "Save").click();
    await page.locator(`[data-reply="${name}"]`).waitFor();
  };
  await write("Thanks", "Thank you, {{user.first_name}}!", false);
  await write("Sorry", "We are sorry.", true);
  await picture(page, "replies");
  await expectAccessible(page, "saved replies in the settings");
  await page.fill("input[name=find]", "thank you");
  await page.locator("[data-reply=Sorry]").waitFor({ state: "detached" });
  await page.fill("input[name=find]", "nothing like it");
  await page.getByText(words.nothing).waitFor();
  await page.fill("input[name=find]", "");
  await page.locator("select[name=whose]").selectOption("mine");
  await page.locator("[data-reply=Thanks]").waitFor({ state: "detached" });
  await button(page, words.editOf("Sorry")).click();
  await button(page, "Delete").click();
  await button(page, "Delete for good?").click();
  await page.getByText(words.deleted("Sorry")).waitFor();
  await page.locator("[data-undo-reply]").click();
  await page.locator("[data-reply=Sorry]").getByText("We are sorry.").waitFor();
  expect(complaints).toEqual([]);
});
