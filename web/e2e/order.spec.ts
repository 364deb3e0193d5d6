import { expect, test } from "vitest";
import { en } from "../src/words/en";
import { goTo, openPage, row, signIn, until } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("ana");

test("no conversation goes from under a pointer that rests on it; what waits is counted, and comes as it leaves", async () => {
  const phone = await Phone.signIn(server);
  const ids: string[] = [];
  for (const title of ["First", "Second", "Third"]) {
    const conversation = await phone.open(title);
    await phone.write(conversation, title);
    ids.unshift(conversation);
  }
  const { page, complaints } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  const shown = () =>
    page
      .locator("[data-conversation]")
      .evaluateAll((rows) =>
        rows
          .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
          .map((it) => it.getAttribute("data-conversation")),
      );
  await until(async () => expect(await shown()).toEqual(ids));
  const [third, second, first] = ids as [string, string, string];
  await row(page, second).hover();
  // Longer than a hand takes to think.
  await new Promise((soon) => setTimeout(soon, 4_000));
  await phone.write(first, "It is urgent.");
  await row(page, first).getByText("It is urgent.").waitFor();
  await page.getByRole("button", { name: en.list.newer(1) }).waitFor();
  expect(await shown()).toEqual(ids);
  await page.mouse.down();
  await page.mouse.up();
  await page.waitForURL(new RegExp(second));

  await page.mouse.move(1_200, 500);
  await until(async () => expect(await shown()).toEqual([first, third, second]));
  expect(complaints).toEqual([]);
});
