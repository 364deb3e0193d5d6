import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { goTo, openConversation, openPage, picture, row, showsTexts, signIn, until } from "./harness/browser";
import { Front } from "./harness/front";
import { Phone, textOf } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";
import { PASSWORD } from "./harness/server";

setTheScene("ana", "bastien");

/** Until the worker has the files and answers for this page. */
const kept = (page: Page) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller)
      await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
  });

/** Until what is shown was put down for the next page. */
const saved = (context: BrowserContext, page: Page) =>
  until(async () => {
    const isSaved = await page.evaluate(async () => {
      const agent = localStorage.getItem("tidings.agent");
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(`tidings-${agent}`);
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      const asked = db.transaction("snapshots").objectStore("snapshots").get("latest");
      const found = await new Promise<{ threads: unknown[] } | undefined>((resolve) => {
        asked.onsuccess = () => resolve(asked.result);
      });
      db.close();
      return (found?.threads.length ?? 0) > 0;
    });
    expect(isSaved, `nothing saved yet of ${context.pages().length} pages`).toBe(true);
  }, 30_000);

/** An agent whose page was open before: files and state are kept. */
async function returning(title: string) {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open(title);
  await phone.write(conversation, "seen before");
  const opened = await openPage(browser, { serviceWorkers: "allow" });
  const { page } = opened;
  await signIn(page, server, "ana@example.com");
  await kept(page);
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").getByText("seen before").waitFor();
  await saved(page.context(), page);
  return { phone, conversation, ...opened };
}

test("the page opens with list and thread while the server is away, and what is written then arrives", async () => {
  const { phone, conversation, page, complaints } = await returning("Away at opening");
  await server.kill();
  await page.reload();
  await row(page, conversation).waitFor();
  await showsTexts(page, ["seen before"]);
  await page.getByText("Reconnecting").waitFor();
  await picture(page, "warm-away");
  await page.fill("#composer", "written without a server");
  await page.keyboard.press("Control+Enter");
  await page.locator('[data-pending] [data-status="waiting"]').waitFor();
  await server.up();
  await until(
    async () =>
      expect((await phone.messages(conversation)).map(textOf)).toEqual([
        "seen before",
        "written without a server",
      ]),
    70_000,
  );
  expect(complaints).toEqual([]);
}, 120_000);

test("nothing on the screen waits for the network, and an unplugged one is called so", async () => {
  const { conversation, page } = await returning("No network");
  await page.close();
  const next = await page.context().newPage();
  await next.context().setOffline(true);
  await next.goto(`${server.url}/all/${conversation}`);
  await showsTexts(next, ["seen before"]);
  await next.getByText("You are offline.").waitFor();
  await picture(next, "offline");
  await next.context().setOffline(false);
  await next.getByText("You are offline.").waitFor({ state: "detached", timeout: 70_000 });
}, 120_000);

test("what happened while the page was closed comes by the cursor, and no list is fetched again", async () => {
  const { phone, conversation, page } = await returning("Meanwhile");
  const { url, context } = { url: page.url(), context: page.context() };
  await page.close();
  await phone.write(conversation, "while you were away");
  const next = await context.newPage();
  const asked: string[] = [];
  next.on("request", (request) => asked.push(request.url().replace(server.url, "")));
  await next.goto(url);
  await next.locator("[data-message]").getByText("while you were away").waitFor();
  await showsTexts(next, ["seen before", "while you were away"]);
  await next.waitForTimeout(1_000);
  const lists = asked.filter(
    (path) => /\/(conversations|bootstrap)\?/.test(path) && !path.includes("limit=1"),
  );
  expect(lists).toEqual([]);
  expect(asked.filter((path) => path.includes(`${conversation}/thread`))).toEqual([]);
});

test("after signing out nothing of the conversations is left in the browser", async () => {
  const { conversation, page } = await returning("Secret plan");
  await page.getByRole("button", { name: "Account of Ana Moreau" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForSelector("input[name=email]");
  await page.context().setOffline(true);
  await page.reload();
  await page.getByText("The server cannot be reached").waitFor();
  expect(await row(page, conversation).count()).toBe(0);
  expect(await page.evaluate(() => localStorage.getItem("tidings.agent"))).toBeNull();
});

test("a session of a colleague, begun elsewhere in this browser, takes the place of what the other had", async () => {
  const { page } = await returning("Ana's");
  const { context } = { context: page.context() };
  await page.close();
  await context.request.post(`${server.url}/inbox/v1/session`, {
    headers: { origin: server.url },
    data: { email: "bastien@example.com", password: PASSWORD },
  });
  const next = await context.newPage();
  await next.goto(server.url);
  await next.getByRole("button", { name: "Account of Bastien Roche" }).waitFor();
  expect(await next.getByRole("button", { name: "Account of Ana Moreau" }).count()).toBe(0);
});

test("a page that hears nothing gives way as soon as a colleague signs in in another tab", async () => {
  const { page, conversation } = await returning("Ana's, and nobody else's");
  const deaf = await page.context().newPage();
  // No socket gets through, so nothing tells this page that the session is over.
  await deaf.routeWebSocket("**/inbox/v1/socket", (socket) => socket.close());
  await deaf.goto(`${server.url}/all/${conversation}`);
  await deaf.getByRole("button", { name: "Account of Ana Moreau" }).waitFor();
  await page.getByRole("button", { name: "Account of Ana Moreau" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(page, server, "bastien@example.com");
  await deaf.getByRole("button", { name: "Account of Ana Moreau" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Account of Bastien Roche" }).waitFor();
});

test("dialogs that begin with lists of the server open at once while it is away", async () => {
  const { page } = await returning("Lists");
  await page.locator("#conversations").focus();
  await page.keyboard.press("t");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByLabel("Name").fill("Soon");
  await page.getByLabel("Words in English").fill("We answer soon.");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator("[data-choice]").getByText("Soon", { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("l");
  await page.getByRole("combobox").fill("parcel");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("combobox").waitFor({ state: "detached" });
  await page.keyboard.press("l");
  await page.locator("[data-choice]").getByText("parcel").waitFor();
  await page.keyboard.press("Escape");
  await server.kill();
  await page.reload();
  await page.locator("#composer").fill("");
  await page.locator("#composer").pressSequentially("/");
  await page.locator("[data-choice]").getByText("Soon", { exact: true }).waitFor();
  await page.keyboard.press("Enter");
  await until(async () => expect(await page.inputValue("#composer")).toBe("We answer soon."));
  await page.locator("#conversations").focus();
  await page.keyboard.press("l");
  await page.locator("[data-choice]").getByText("parcel").waitFor();
  await server.up();
});

test("a page that is kept opens for the tiles that the operator chose since", async () => {
  const { page, complaints } = await returning("Mapped");
  const policy = () =>
    page.evaluate(async () => (await fetch("/index.html")).headers.get("content-security-policy"));
  expect(await policy()).toContain("img-src 'self' data:");
  await server.reconfigure([
    "[map_tiles]",
    'address = "https://tiles.example.com/{z}/{x}/{y}.png"',
    'credit = "© Example Maps"',
  ]);
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await page.locator("[data-new-version]").waitFor();
  const loaded = page.waitForEvent("load");
  await page.getByRole("button", { name: "Change now" }).click();
  await loaded;
  await page.waitForSelector("#composer");
  expect(await policy()).toContain("img-src 'self' https://tiles.example.com data:");
  await server.reconfigure([]);
  expect(complaints).toEqual([]);
});

test("a new version is offered, taken by a click, and costs no draft", async () => {
  const front = await Front.before(server);
  try {
    const phone = await Phone.signIn(server);
    const conversation = await phone.open("Deployed");
    await phone.write(conversation, "hello");
    const { page, complaints } = await openPage(browser, { serviceWorkers: "allow" });
    await page.goto(front.url);
    await page.fill("input[name=email]", "ana@example.com");
    await page.fill("input[name=password]", PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForSelector("nav:visible");
    await kept(page);
    await goTo(page, "all");
    await openConversation(page, conversation);
    await page.locator("#composer").pressSequentially("half a sentence, in the mid");
    expect(await page.locator("[data-new-version]").count()).toBe(0);

    front.deploy();
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
    await page.locator("[data-new-version]").waitFor();
    await picture(page, "new-version");
    const loaded = page.waitForEvent("load");
    await page.getByRole("button", { name: "Change now" }).click();
    await loaded;
    await page.waitForSelector("#composer");
    expect(await page.inputValue("#composer")).toBe("half a sentence, in the mid");
    const caches = await page.evaluate(() => window.caches.keys());
    expect(caches).toEqual([expect.stringContaining("next-")]);
    expect(await page.locator("[data-new-version]").count()).toBe(0);
    expect(complaints).toEqual([]);
  } finally {
    front.close();
  }
});

test("the page can be installed", async () => {
  const { page } = await openPage(browser, { serviceWorkers: "allow" });
  await signIn(page, server, "ana@example.com");
  await kept(page);
  const devtools = await page.context().newCDPSession(page);
  const { errors } = (await devtools.send("Page.getAppManifest")) as { errors: unknown[] };
  expect(errors).toEqual([]);
  const { installabilityErrors } = (await devtools.send("Page.getInstallabilityErrors")) as {
    installabilityErrors: { errorId: string }[];
  };
  // Playwright's windows are private ones, in which browsers install nothing.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual(
    [],
  );
});
