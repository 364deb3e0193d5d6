import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { goTo, launch, openConversation, openPage, picture, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { Server } from "./harness/server";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await Server.start();
  server.addAgent("Ana Moreau", "ana@example.com");
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const HOSTILE = [
  '<script>window.canary = "script"</script>',
  "<img src=x onerror=\"window.canary = 'img'\">",
  '<svg onload="window.canary = \'svg\'"><a href="javascript:window.canary=1">x</a></svg>',
  "javascript:window.canary='address'//https://example.com",
  '"><iframe srcdoc="<script>parent.canary=1</script>">',
  "https://example.com/\"onmouseover=window.canary='attribute'",
  "\u202Egnp.exe\u202C \u2066isolates\u2069 \u0000x".replace("\u0000", ""),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a payload
  "{{constructor.constructor('window.canary=1')()}} ${window.canary=1}",
  "W".repeat(16_000),
  "\u0301".repeat(2_000),
];

test("what users write is data: nothing of it runs, loads or leaves its place", async () => {
  const phone = await Phone.signIn(server);
  const conversation = await phone.open('<b onclick="window.canary=1">Title</b>');
  for (const text of HOSTILE) await phone.write(conversation, text);
  await phone.send(conversation, [
    { type: "location", latitude: 48.8, longitude: 2.3, label: "<img src=x onerror=window.canary=2>" },
    { type: "quick_replies", options: [{ id: "a", label: "<script>window.canary=3</script>" }] },
  ]);
  const { page, complaints } = await openPage(browser);
  const outside: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith("data:"))
      outside.push(request.url());
  });
  await signIn(page, server, "ana@example.com");
  await goTo(page, "all");
  await openConversation(page, conversation);
  await page.locator("[data-message]").last().waitFor();
  await page.locator("#thread").evaluate(async (thread) => {
    for (let top = thread.scrollHeight; top > 0; top -= 300) {
      thread.scrollTop = top;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  });
  for (const message of await page.locator("[data-message]").all()) await message.hover().catch(() => {});
  await picture(page, "hostile");

  expect(await page.evaluate(() => "canary" in window)).toBe(false);
  expect(
    await page.locator("#thread :is(script, img, iframe, b, [onclick], [onerror], [onload])").count(),
  ).toBe(0);
  const addresses = await page
    .locator("#thread a")
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).protocol));
  expect(addresses.filter((protocol) => protocol !== "https:" && protocol !== "http:")).toEqual([]);
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  ).toBeLessThanOrEqual(0);
  expect(outside).toEqual([]);
  expect(complaints).toEqual([]);
});

test("the page is delivered under a policy that allows its own files and nothing else", async () => {
  const answer = await fetch(server.address);
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe-|\*|https?:/);
  for (const rule of ["frame-ancestors 'none'", "base-uri 'none'"]) expect(policy).toContain(rule);

  // The policy bites: what an attacker would need is refused.
  const { page } = await openPage(browser);
  await page.goto(server.url);
  await page.waitForSelector("input[name=email]");
  const canary = await page.evaluate(async () => {
    const script = document.createElement("script");
    try {
      script.textContent = "window.canary = 1";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", '<img src=x onerror="window.canary = 2">');
    } catch {
      // Refused even earlier, by Trusted Types.
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    return "canary" in window;
  });
  expect(canary).toBe(false);
});
