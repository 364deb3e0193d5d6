import { expect, test } from "vitest";
import { goTo, launch, openConversation, openPage, picture, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";
import { PASSWORD } from "./harness/server";

setTheScene("ana", "bastien");

test("what is wrong with a sign-in is said in words, and can be mended at once", async () => {
  const { page, complaints } = await openPage(browser);
  await page.goto(server.url);
  const submit = page.getByRole("button", { name: "Sign in", exact: true });
  await submit.click();
  await page.getByText("Enter your e-mail address.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("email");
  await page.keyboard.type("not an address");
  await submit.click();
  await page.getByText("Enter your password.").waitFor();
  await page.keyboard.type(PASSWORD);
  await submit.click();
  await page.getByText("The server did not accept this.").waitFor();
  await page.fill("input[name=email]", "ana@example.com");
  await page.fill("input[name=password]", "something else");
  await submit.click();
  await page.getByText("E-mail or password is wrong.").waitFor();
  await server.kill();
  await page.fill("input[name=password]", PASSWORD);
  await submit.click();
  await page.getByText("The server cannot be reached.").waitFor();
  await server.up();
  await submit.click();
  await page.waitForSelector("nav:visible");
  expect(complaints).toEqual([]);
});

test("a browser that keeps no session, because the address is not secure, says so", async () => {
  const elsewhere = await launch(["--host-resolver-rules=MAP support.test 127.0.0.1"]);
  try {
    const { page, complaints } = await openPage(elsewhere);
    await page.goto(`http://support.test:${new URL(server.url).port}/`);
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    await page.fill("input[name=email]", "ana@example.com");
    await page.fill("input[name=password]", PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("Your browser did not keep the sign-in.").waitFor();
    // The browser itself says of such an address that it heeds fewer headers.
    expect(complaints.filter((text) => !text.startsWith("The Cross-Origin-Opener-Policy"))).toEqual([]);
  } finally {
    await elsewhere.close();
  }
});

test("a page that is opened while the server is away opens by itself when it is back", async () => {
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  // A browser that kept nothing of an earlier visit but its session.
  await page.evaluate(() => window.addEventListener("pagehide", () => localStorage.clear()));
  // The page's files come from the browser's memory here; a proxy in front of the server does the same.
  const index = await (await fetch(server.address)).text();
  await page.route(server.url, (route) => route.fulfill({ contentType: "text/html", body: index }));
  await page.route("**/assets/**", (route) => route.continue());
  await page.route("**/inbox/v1/bootstrap*", (route) => route.abort());
  await page.goto(server.url);
  await page.getByText("The server cannot be reached").waitFor();
  await picture(page, "unreachable");
  await page.unroute("**/inbox/v1/bootstrap*");
  await page.waitForSelector("nav:visible");
});

test("a session that ended elsewhere leads to the sign-in, and what was written is there afterwards", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Ended");
  await phone.write(conversation, "hello");
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.fill("#composer", "half a sentence");

  const other = await page.context().newPage();
  await other.goto(server.url);
  await other.getByRole("button", { name: "Account of Ana Moreau" }).click();
  await other.getByRole("button", { name: "Sign out" }).click();
  await other.waitForSelector("input[name=email]");

  await page.getByText("Your session has ended.").waitFor();
  await picture(page, "session-ended");
  await page.fill("input[name=email]", "ana@example.com");
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#composer");
  expect(await page.inputValue("#composer")).toBe("half a sentence");
});

test("a colleague who signs in on the same browser sees no draft of the other", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open("Shared");
  await phone.write(conversation, "hello");
  const { page } = await openPage(browser);
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.fill("#composer", "Ana's secret draft");
  await page.getByRole("button", { name: "Account of Ana Moreau" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.fill("input[name=email]", "bastien@example.com");
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#composer");
  expect(await page.inputValue("#composer")).toBe("");
  expect(await page.locator("body").innerText()).not.toContain("Ana's secret draft");
});
