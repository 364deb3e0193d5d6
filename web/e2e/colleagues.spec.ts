import { expect, test } from "vitest";
import { en } from "../src/words/en";
import { goTo, openConversation, openPage, picture, row, signIn, until } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana", "bastien");

test("whoever looks without leave to mark as read asks for nothing, and it stays unread", async () => {
  server.addAgent("Vera Lund", "vera@example.com", "viewer");
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Looked at");
  await phone.write(conversation, "Is anybody there?");
  const { page, complaints } = await openPage(browser);
  const receipts: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "PUT" && request.url().endsWith("/receipt")) receipts.push(request.url());
  });
  await signIn(page, server, "vera@example.com");
  await goTo(page, "all");
  await row(page, conversation).click();
  await page.locator("[data-message]").getByText("Is anybody there?").waitFor();
  await new Promise((soon) => setTimeout(soon, 3_500));
  await row(page, conversation).getByText(en.list.unread(1)).waitFor({ state: "attached" });
  expect([receipts, complaints]).toEqual([[], []]);
});

test("a colleague who came after the page was opened is never nobody, and is called by their name", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Taken by somebody new");
  await phone.write(conversation, "Who takes this?");
  const ana = await openPage(browser);
  await signIn(ana.page, server, "ana@example.com");
  await goTo(ana.page, "all");
  await openConversation(ana.page, conversation);
  await ana.page.getByRole("button", { name: en.triage.take, exact: true }).waitFor();

  server.addAgent("Cleo Baker", "cleo@example.com");
  const cleo = await openPage(browser);
  await signIn(cleo.page, server, "cleo@example.com");
  await goTo(cleo.page, "all");
  await openConversation(cleo.page, conversation);
  await cleo.page.getByRole("button", { name: en.triage.take, exact: true }).click();

  await ana.page.getByRole("button", { name: en.triage.assignTo("Cleo Baker") }).waitFor();
  expect(await ana.page.getByRole("button", { name: en.triage.take, exact: true }).count()).toBe(0);
  await row(ana.page, conversation)
    .getByText(en.list.assignedTo("Cleo Baker"))
    .waitFor({ state: "attached" });
  expect([...ana.complaints, ...cleo.complaints]).toEqual([]);
});

test("offered are colleagues who can be chosen; the others keep their names", async () => {
  const gone = server.addAgent("Dora Gone", "dora@example.com");
  server.addAgent("Vito Reads", "vito@example.com", "viewer");
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Who can have it");
  await phone.write(conversation, "Please.");
  const dora = await openPage(browser);
  await signIn(dora.page, server, "dora@example.com");
  await goTo(dora.page, "all");
  await openConversation(dora.page, conversation);
  await dora.page.locator("[data-message]").getByText("Please.").waitFor();
  await dora.page.fill("#composer", "At once.");
  await dora.page.keyboard.press("Control+Enter");
  await dora.page.locator("[data-status=sent]").waitFor();
  await dora.page.context().close();
  server.disableAgent(gone);

  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("At once.").waitFor();
  await page.getByText("Dora Gone").first().waitFor();
  await page.locator("#thread").focus();
  await page.keyboard.press("a");
  const choices = page.getByRole("dialog").getByRole("option");
  await choices.getByText("Bastien Roche").waitFor();
  await picture(page, "assign-offered");
  expect(await choices.getByText(/Dora|Vito/).count()).toBe(0);
  await page.keyboard.press("Escape");

  await page.keyboard.press("n");
  await page.keyboard.type("Ask @vit");
  await page.getByRole("option", { name: "Vito Reads" }).waitFor();
  await page.fill("#composer", "");
  await page.keyboard.type("Ask @dor");
  await until(async () => expect(await page.inputValue("#composer")).toBe("Ask @dor"));
  expect(await page.locator("[data-colleague]").count()).toBe(0);
  expect(complaints).toEqual([]);
});
