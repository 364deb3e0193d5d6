import { beforeAll, expect, test } from "vitest";
import {
  expectAccessible,
  goTo,
  openConversation,
  openPage,
  picture,
  row,
  signIn,
  until,
} from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

let phone: Phone;
let conversation: string;

setTheScene("ana", "bastien");
beforeAll(async () => {
  phone = await Phone.signInAs(server, { sub: "c-1", name: "Camille Petit" });
  conversation = await phone.open("My parcel");
  await phone.write(conversation, "Has it left?");
});

async function opened(email: string, options: Parameters<typeof openPage>[1] = {}) {
  const it = await openPage(browser, options);
  await signIn(it.page, server, email);
  await goTo(it.page, "all");
  await row(it.page, conversation).waitFor();
  await openConversation(it.page, conversation);
  return it;
}
const said = async () => (await phone.messages(conversation)).map(textOf);

test("a team's reply is written once, found by a slash, filled in, and sent; a colleague has it too", async () => {
  const { page, complaints } = await opened("ana@example.com");
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByLabel("Name").fill("Thanks");
  await page.getByLabel("Words in English").fill("Thank you, {{user.first_name}}! {{agent.first_name}}");
  await page.getByRole("button", { name: "Another language" }).click();
  await page.getByRole("combobox", { name: "Language" }).last().selectOption("fr");
  await page.getByLabel("Words in French").fill("Merci, {{user.first_name}} !");
  await picture(page, "saved-reply-edit");
  await expectAccessible(page, "saved-reply-edit");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("option").getByText("Thanks").waitFor();
  await page.keyboard.press("Escape");

  const other = await opened("bastien@example.com");
  await other.page.locator("#composer").focus();
  await other.page.keyboard.type("/");
  await other.page.getByRole("combobox").waitFor();
  await other.page.getByRole("option").getByText("Thanks").waitFor();
  await picture(other.page, "saved-replies");
  await expectAccessible(other.page, "saved-replies");
  await other.page.keyboard.type("thk".slice(0, 2));
  await other.page.keyboard.press("Enter");
  await until(async () =>
    expect(await other.page.inputValue("#composer")).toBe("Thank you, Camille! Bastien"),
  );
  await other.page.keyboard.press("Control+Enter");
  await until(async () => expect(await said()).toEqual(["Has it left?", "Thank you, Camille! Bastien"]));
  expect([...complaints, ...other.complaints]).toEqual([]);
});

test("what is not filled in is not sent, and says so", async () => {
  const { page, complaints } = await opened("ana@example.com");
  const before = await said();
  await page.fill("#composer", "Your order {{order.number}} has left.");
  await page.getByRole("alert").getByText("{{order.number}}").waitFor();
  await expectAccessible(page, "gap");
  await page.keyboard.press("Control+Enter");
  expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
  await page.fill("#composer", "Your order 4711 has left.");
  await page.keyboard.press("Control+Enter");
  await until(async () => expect(await said()).toEqual([...before, "Your order 4711 has left."]));
  expect(complaints).toEqual([]);
});

test("one's own is for nobody else, is changed by keys, and is deleted after a second thought", async () => {
  const { page, complaints } = await opened("ana@example.com", { colorScheme: "dark", locale: "fr-FR" });
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.getByRole("button", { name: "Nouvelle" }).click();
  await page.getByLabel("Nom", { exact: true }).fill("Petit mot");
  await page.getByLabel("Pour qui").selectOption("");
  await page.getByLabel("Texte en français").fill("Bonne journée !");
  await page.setViewportSize({ width: 320, height: 800 });
  await picture(page, "saved-reply-edit-320");
  await expectAccessible(page, "saved-reply-edit-320");
  const widest = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(widest).toBeLessThanOrEqual(0);
  await page.getByRole("button", { name: "Enregistrer", exact: true }).click();
  await page.getByRole("option").getByText("Petit mot").waitFor();
  const other = await opened("bastien@example.com");
  await other.page.keyboard.press("Escape");
  await other.page.keyboard.press("t");
  await other.page.getByRole("option").getByText("Thanks").waitFor();
  expect(await other.page.getByRole("option").getByText("Petit mot").count()).toBe(0);
  await page.getByRole("combobox").fill("petit");
  await page.keyboard.press("Control+e");
  await page.locator("dialog").getByRole("button", { name: "Supprimer", exact: true }).click();
  await page.getByRole("button", { name: "Supprimer définitivement ?" }).click();
  await page.getByRole("option").getByText("Thanks").waitFor();
  await page.getByRole("option").getByText("Petit mot").waitFor({ state: "detached" });
  expect([...complaints, ...other.complaints]).toEqual([]);
});
