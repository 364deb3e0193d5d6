import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { goTo, openConversation, openPage, picture, signIn, until } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";
import { corpus } from "./hostile/corpus";
import { leaks, watch } from "./hostile/watch";

/** Texts whose messages stand in one thread together. */
const TOGETHER = 12;

const texts = corpus();
/** Threads with the messages, the newest first. */
const threads: string[] = [];
/** Threads of whom more is known. */
const cards: string[] = [];
const refused = new Map<string, number>();

/** Does something of which the server may refuse the text; that is one way of being safe, and is counted. */
async function may(what: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!/: 4(00|13|22)\b|identity_refused/.test(String(error))) throw error;
    refused.set(what, (refused.get(what) ?? 0) + 1);
  }
}

/** A person who is called by a text, whose conversation is called by it, and who writes it wherever one can write. */
async function person(place: number): Promise<void> {
  const text = texts[place] ?? "";
  let phone: Phone | null = null;
  await may("name", async () => {
    phone = await Phone.signInAs(server, {
      sub: `${place} ${text}`.slice(0, 200),
      name: text,
      email: `${text}@x`,
    });
  });
  await may("address", async () => {
    phone ??= await Phone.signInAs(server, { sub: `${place} ${text}`.slice(0, 200), name: text });
  });
  await may("id", async () => {
    phone ??= await Phone.signInAs(server, { sub: `${place}`, name: text });
  });
  const writer = phone ?? (await Phone.signIn(server));
  let conversation = "";
  await may("title", async () => {
    conversation = await writer.open(text);
  });
  if (!conversation) conversation = await writer.open(`title ${place}`);
  await may("context", async () => {
    const cut = (bytes: number) => Buffer.from(text).subarray(0, bytes).toString().replaceAll("\uFFFD", "");
    const screen = { name: cut(60), title: cut(200), detail: cut(200) };
    const facts = { device_model: cut(120), locale: cut(120), time_zone: cut(120), app_version: cut(120) };
    const context = { screen, visited: [cut(60), cut(60)], ...facts };
    await writer.sayOfUser({ said: cut(500) });
    await writer.writeFrom(conversation, `from there ${place}`, context);
    cards.push(conversation);
  });
  const isHost = place % TOGETHER === 0;
  if (isHost) threads.unshift(conversation);
  for (const each of isHost ? texts.slice(place, place + TOGETHER) : [text]) {
    await may("text", () => writer.write(conversation, `${each} zebra`));
    if (!isHost) continue;
    const label = each.slice(0, 80);
    await may("labels", () =>
      writer.send(conversation, [
        { type: "location", latitude: 48.8, longitude: 2.3, label },
        { type: "quick_replies", options: [{ id: "a", label }] },
        { type: "form", title: label, fields: [{ id: "a", label, kind: "text", required: true }] },
      ]),
    );
  }
}

setTheScene("ana");
beforeAll(async () => {
  for (let place = 0; place < texts.length; place += 16)
    await Promise.all(texts.slice(place, place + 16).map((_, more) => person(place + more)));
}, 600_000);

async function opened() {
  const it = await openPage(browser);
  await watch(it.page.context());
  const left = leaks(it.page, server.url);
  await signIn(it.page, server, "ana@example.com");
  const expectHarmless = async () => {
    expect(await it.page.evaluate(() => window.ran)).toEqual([]);
    expect(await it.page.evaluate(() => window.strange)).toEqual([]);
    expect([...left, ...it.complaints]).toEqual([]);
    const over = await it.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over).toBeLessThanOrEqual(0);
  };
  return { ...it, expectHarmless };
}

/** Goes down a box that shows only what is on the screen, and over everything in it with the mouse. */
const goThrough = (page: Page, box: string) =>
  page.locator(box).evaluate(async (element) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    let stood = 0;
    element.scrollTop = 0;
    for (let last = -1; stood < 12; ) {
      await frame();
      for (const inner of element.querySelectorAll("*"))
        inner.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
      stood = element.scrollTop === last ? stood + 1 : 0;
      last = element.scrollTop;
      element.scrollTop += element.clientHeight * 0.8;
    }
  });

test("there are a thousand texts, and they are dangerous where text becomes markup", async () => {
  expect(texts.length).toBeGreaterThanOrEqual(1_000);
  expect(new Set(texts).size).toBe(texts.length);
  // Most of them are taken as they are: what is refused protects nobody from what is not.
  for (const [what, count] of refused)
    if (what !== "name" && what !== "address") expect(count, what).toBeLessThan(texts.length / 5);
  const page = await (await browser.newContext()).newPage();
  await watch(page.context());
  await page.goto("about:blank");
  await page.evaluate(async (all) => {
    for (const text of all) {
      const place = document.createElement("div");
      document.body.append(place);
      place.innerHTML = text;
      await new Promise((resolve) => setTimeout(resolve));
      place.remove();
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }, texts);
  const [ran, strange] = await page.evaluate(() => [new Set(window.ran).size, window.strange.length]);
  expect(ran, "texts that ran").toBeGreaterThan(100);
  expect(strange, "elements that came of them").toBeGreaterThan(500);
}, 120_000);

test("as names, titles and last words, through the whole list, nothing of them runs", async () => {
  const { page, expectHarmless } = await opened();
  await goTo(page, "all");
  await page.locator("[data-conversation]").first().waitFor();
  await goThrough(page, "#conversations");
  await until(async () => {
    await goThrough(page, "#conversations");
    const last = page.locator("[data-conversation]").last();
    expect(Number(await last.getAttribute("aria-posinset"))).toBeGreaterThan(texts.length * 0.98);
  }, 120_000);
  await picture(page, "hostile-list");
  await expectHarmless();
}, 240_000);

test("as messages, places, choices and forms, in every thread, nothing of them runs", async () => {
  const { page, expectHarmless } = await opened();
  await goTo(page, "all");
  await page.locator("[data-conversation]").first().waitFor();
  for (const thread of threads) {
    await page.evaluate((path) => {
      history.pushState(null, "", path);
    }, `/all/${thread}`);
    await page.locator("[data-message]").last().waitFor();
    await goThrough(page, "#thread");
  }
  await picture(page, "hostile");
  await expectHarmless();
  const protocols = await page
    .locator("#thread a")
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).protocol));
  expect(protocols.filter((protocol) => protocol !== "https:" && protocol !== "http:")).toEqual([]);
}, 300_000);

test("as screens, facts of a phone and custom fields, nothing of them runs", async () => {
  const { page, expectHarmless } = await opened();
  await goTo(page, "all");
  await page.locator("[data-conversation]").first().waitFor();
  expect(cards.length).toBeGreaterThan(texts.length * 0.8);
  for (const conversation of cards.filter((_, place) => place % 12 === 5)) {
    await page.evaluate((path) => {
      history.pushState(null, "", path);
    }, `/all/${conversation}`);
    await page.locator("[data-message]").last().waitFor();
    await page.keyboard.press("c");
    const said = page.locator("[data-field=said]");
    await said.waitFor();
    await page.locator("[data-trail]").first().waitFor();
    await said.scrollIntoViewIfNeeded();
    await page.keyboard.press("Escape");
    await said.waitFor({ state: "detached" });
  }
  await picture(page, "hostile-context");
  await expectHarmless();
}, 300_000);

test("as what is searched for and found, drafted, noted and answered, nothing of them runs", async () => {
  const { page, expectHarmless } = await opened();
  await goTo(page, "all");
  await page.locator("[data-conversation]").first().waitFor();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox");
  await field.fill("zebra");
  await page.locator("[data-found=hit]").first().waitFor({ timeout: 60_000 });
  for (let pages = 0; pages < 6; pages++) {
    await page.locator("[data-found=more]").last().click();
    await page.waitForTimeout(300);
  }
  await goThrough(page, "#found");
  await picture(page, "hostile-search");
  for (const text of texts.filter((_, place) => place % 40 === 0)) await field.fill(text.slice(0, 200));
  await expectHarmless();
  await page.keyboard.press("Escape");

  await openConversation(
    page,
    (await page.locator("[data-conversation]").first().getAttribute("data-conversation")) ?? "",
  );
  const marked = texts
    .filter((_, place) => place % 100 === 57)
    .map((text) => `**[${text}](javascript:top.canary(0))** _${text}_ \`${text}\`\n> ${text}\n- ${text}`);
  for (const text of [...texts.filter((_, place) => place % 100 === 7), ...marked]) {
    await page.fill("#composer", text);
    await page.keyboard.press("Control+Enter");
    await page.getByRole("tab", { name: "Note" }).click();
    await page.fill("#composer", text);
    await page.locator("#composer").press("Control+Enter");
    await page.getByRole("tab", { name: "Reply" }).click();
  }
  await page.locator("[data-pending]").first().waitFor({ state: "detached" });
  await page.fill("#composer", texts[0] ?? "");
  await page.reload();
  await page.waitForSelector("#composer");
  await goThrough(page, "#thread");
  await expectHarmless();
  const protocols = await page
    .locator("#thread a")
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).protocol));
  expect(protocols.filter((protocol) => !/^(https?|mailto|tel):$/.test(protocol))).toEqual([]);
}, 240_000);

test("names of files, agents, notes and things to come are data too", async () => {
  const { page, expectHarmless } = await opened();
  let turn = 0;
  // What other programs write, and later versions, comes through the same door: put into the answer on its way.
  await page.route("**/thread?*", async (route) => {
    const answer = await route.fetch();
    // Nobody reads as fast as this: the server says "later" now and then, and the page asks again.
    if (!answer.ok()) return route.fulfill({ response: answer });
    const thread = (await answer.json()) as {
      messages: { seq: number; parts: unknown[]; author: object }[];
      notes: unknown[];
    };
    const { conversation } = thread as unknown as { conversation: { id: string } };
    for (const [place, message] of thread.messages.entries()) {
      const text = texts[(turn++ * 37) % texts.length] ?? "";
      message.author = { kind: "agent", id: "agt_01h2xcejqtf2nbrexx3vqjhp41", name: text };
      message.parts = [
        { type: "attachment", id: "file_x", name: text, mime: text, bytes: 5 },
        {
          type: "attachment",
          attachment_id: `att_${conversation.id.slice(4, 26)}${String(place).padStart(4, "0")}`,
          name: text,
          media_type: text,
          bytes: 5,
        },
        {
          type: "attachment",
          attachment_id: text,
          name: text,
          media_type: "image/jpeg",
          width: 40,
          height: 30,
          thumbhash: text,
          bytes: 5,
        },
        { type: text, html: text },
        { type: "system", event: text },
      ];
    }
    thread.notes = texts.slice(0, 40).map((text, place) => ({
      id: `note_01h2xcejqtf2nbrexx3vqj${String(place).padStart(4, "0")}`,
      conversation_id: conversation.id,
      after_seq: 0,
      agent_id: "agt_01h2xcejqtf2nbrexx3vqjhp41",
      agent_name: text,
      text,
      created_at: "2026-01-01T00:00:00.000Z",
    }));
    await route.fulfill({ response: answer, json: thread });
  });
  await goTo(page, "all");
  for (const thread of threads.slice(0, 12)) {
    await page.evaluate((path) => history.pushState(null, "", path), `/all/${thread}`);
    await page.locator("[data-message]").last().waitFor();
    await goThrough(page, "#thread");
  }
  await picture(page, "hostile-others");
  await expectHarmless();
  // A thread that was fetched ahead is still on its way, and the page goes.
  await page.unrouteAll({ behavior: "ignoreErrors" });
}, 120_000);

test("the page is delivered under a policy that allows its own files and nothing else", async () => {
  for (const path of ["/", "/all", "/sw.js", "/icon.svg"]) {
    const policy = (await fetch(server.address + path)).headers.get("content-security-policy") ?? "";
    expect(policy, path).toContain("default-src 'none'");
    expect(policy, path).not.toMatch(/unsafe-|\*|https?:/);
    for (const rule of ["frame-ancestors 'none'", "base-uri 'none'", "trusted-types tidings"])
      expect(policy, path).toContain(rule);
  }

  // The policy bites: what an attacker would need is refused, by Trusted Types before anything is parsed.
  const { page } = await openPage(browser);
  await watch(page.context());
  await page.goto(server.url);
  await page.waitForSelector("input[name=email]");
  const outcome = await page.evaluate(async (all) => {
    const refusals = (act: () => void) => {
      try {
        act();
        return 0;
      } catch {
        return 1;
      }
    };
    // What is evaluated at once is the debugger's doing, and exempt from the policy; what comes a moment later is not.
    await new Promise((resolve) => setTimeout(resolve));
    let count = 0;
    for (const text of all) count += refusals(() => document.body.insertAdjacentHTML("beforeend", text));
    const others = [
      () => document.write("<p>x"),
      // biome-ignore lint/security/noGlobalEval: what an attacker would call
      () => eval("top.canary(1)"),
      () => new Function("top.canary(2)")(),
      () => setTimeout("top.canary(3)" as unknown as () => void),
      () => {
        document.createElement("script").text = "top.canary(4)";
      },
      () => {
        document.createElement("iframe").srcdoc = "<script>top.canary(5)</script>";
      },
      () => new Worker("/sw.js"),
      () => window.open("javascript:top.canary(6)"),
      () =>
        (
          window as unknown as { trustedTypes: { createPolicy: (name: string, rules: object) => void } }
        ).trustedTypes.createPolicy("mine", { createHTML: (it: string) => it }),
    ].map(refusals);
    const script = document.createElement("script");
    refusals(() => {
      script.src = "https://evil.example/x.js";
    });
    document.body.append(script);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { count, others, ran: window.ran };
  }, texts);
  expect(outcome.count).toBe(texts.length);
  expect(outcome.others.slice(0, 7)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  expect(outcome.others.at(-1)).toBe(1);
  expect(outcome.ran).toEqual([]);
});
