import { expect, test } from "vitest";
import { expectPictured, goTo, openConversation, openPage, row, signIn, until } from "./harness/browser";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana");

const REPLY = `Hello **Lena**, your order is _on its way_:

1. It left **this morning**
2. It comes [by noon](https://parcels.example/4711)

> Can I still change the address?
Yes, until it is loaded. The code is \`L-4711\`; say

\`\`\`
move 4711 --to "12 rue du Lac"
\`\`\`

- \\*not strong\\*, 2*3*4
- <img src=x onerror=alert(1)>`;

test("what an agent sets off is shown so, and its letters alone in the list", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Marks");
  await phone.write(conversation, "2*3*4 is **24**, see https://a.example/_x_");
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);

  // Whoever uses the app means what they type.
  const typed = page.locator("[data-message]").first();
  expect(await typed.locator("p[dir=auto]").textContent()).toBe("2*3*4 is **24**, see https://a.example/_x_");
  expect(await typed.locator("strong, em").count()).toBe(0);

  await page.fill("#composer", REPLY);
  await page.locator("#composer").press("Control+Enter");
  await page.locator('[data-status="sent"]').waitFor();
  const said = page.locator("[data-message]").nth(1);
  expect(await said.locator("strong").allTextContents()).toEqual(["Lena", "this morning"]);
  expect(await said.locator("em").allTextContents()).toEqual(["on its way"]);
  expect(await said.locator("ol > li").count()).toBe(2);
  expect(await said.locator("ul > li").allTextContents()).toEqual([
    "*not strong*, 2*3*4",
    "<img src=x onerror=alert(1)>",
  ]);
  expect(await said.locator("blockquote").textContent()).toBe("Can I still change the address?");
  expect(await said.locator("pre").textContent()).toBe('move 4711 --to "12 rue du Lac"');
  const link = said.locator("a");
  expect(await link.textContent()).toBe("by noon (parcels.example)");
  expect(await link.getAttribute("href")).toBe("https://parcels.example/4711");
  await row(page, conversation).getByText("Hello Lena, your order is on its way:").waitFor();
  await expectPictured(page, "markup");
  expect(textOf((await phone.messages(conversation))[1] ?? never())).toBe(REPLY);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("keys set marks, a pasted address makes a link, and the browser's undo takes them back", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Keys");
  await phone.write(conversation, "How?");
  const { page, complaints } = await openPage(browser, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  const field = page.locator("#composer");
  const holds = (text: string) => until(async () => expect(await field.inputValue()).toBe(text));
  await field.click();
  await page.keyboard.type("Read our guide");
  for (let letter = 0; letter < 5; letter++) await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("Control+b");
  await holds("Read our **guide**");
  await page.keyboard.press("Control+i");
  await holds("Read our **_guide_**");
  await page.keyboard.press("Control+i");
  await holds("Read our **guide**");
  await page.evaluate(() => navigator.clipboard.writeText("https://docs.example/start"));
  await page.keyboard.press("Control+v");
  await holds("Read our **[guide](https://docs.example/start)**");
  await page.keyboard.press("Control+z");
  await holds("Read our **guide**");
  await page.keyboard.press("Control+Shift+z");
  await holds("Read our **[guide](https://docs.example/start)**");
  await page.keyboard.press("Control+Enter");
  const link = page.locator("[data-message] strong a, [data-pending] strong a, [data-held] strong a").first();
  await link.waitFor();
  expect(await link.textContent()).toBe("guide (docs.example)");
  expect(complaints).toEqual([]);
  await page.context().close();
});

function never(): never {
  throw new Error("the phone has no reply");
}
