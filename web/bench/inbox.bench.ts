import { loadavg } from "node:os";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { launch } from "../e2e/harness/browser";
import { Phone } from "../e2e/harness/phone";
import { PASSWORD } from "../e2e/harness/server";
import { AGENT, CONVERSATIONS, type Large, LONG, large } from "./large";
import { framesOf, heap, keys, probe, rowsAt } from "./probe";
import { type Figure, median, percentile, report } from "./report";

const ROUNDS = Number(process.env["TIDINGS_BENCH_ROUNDS"] ?? 7);
const MEGA = 1e6;

let it: Large;
let browser: Browser;
const figures: Figure[] = [];
const tell = (name: string, value: number, unit: Figure["unit"], limit: Figure["limit"] = null) =>
  figures.push({ name, unit, value, limit });
const most = (value: number) => ({ at: "most", value }) as const;
const least = (value: number) => ({ at: "least", value }) as const;

beforeAll(async () => {
  it = await large();
  browser = await launch();
});
afterAll(async () => {
  report(
    figures,
    loadavg()
      .map((load) => load.toFixed(1))
      .join(", "),
  );
  await browser?.close();
  await it?.server.remove();
});

/** A browser that nobody used before, in which the agent is signed in. */
async function fresh(): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(60_000);
  await probe(context);
  await context.request.post(`${it.server.url}/inbox/v1/session`, {
    headers: { origin: it.server.url },
    data: { email: AGENT, password: PASSWORD },
  });
  return context;
}

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${it.server.url}${path}`);
  await rowsAt(page);
  return page;
}

test("opening: cold and warm", async () => {
  const [cold, warm]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const context = await fresh();
    const first = await open(context, "/all");
    cold.push(await rowsAt(first));
    await first.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    // What is shown is put down when the page is left, and every few seconds before.
    await first.waitForTimeout(9_000);
    await first.close();
    const second = await open(context, "/all");
    warm.push(await rowsAt(second));
    await context.close();
  }
  tell("rows on the screen, first visit, median", median(cold), "ms", most(1_200));
  tell("rows on the screen, later visits, median", median(warm), "ms", most(400));
});

test("keys: through the list, and writing while everything moves", async () => {
  const context = await fresh();
  const page = await open(context, "/all");
  await page.keyboard.press("j");
  await page.waitForSelector("#composer");
  await keys(page);
  for (let press = 0; press < 150; press++) {
    await page.keyboard.press("j");
    await page.waitForTimeout(120);
  }
  const steps = await keys(page);
  tell("`J` to the end of its frame, median", median(steps), "ms");
  tell("`J` to the end of its frame, p95", percentile(steps, 0.95), "ms", most(40));

  await page.click("#composer");
  const isOver = { now: false };
  const crowd = await Promise.all(Array.from({ length: 12 }, () => Phone.signIn(it.server)));
  let sent = 0;
  const began = Date.now();
  const flood = crowd.map(async (phone, number) => {
    const conversation = await phone.open(`Crowd ${number}`);
    while (!isOver.now) {
      await phone.write(conversation, "one more");
      sent++;
      // Together 300 a second, if the machine lets them.
      await new Promise((resolve) => setTimeout(resolve, (sent / 300) * 1_000 - (Date.now() - began)));
    }
  });
  await keys(page);
  for (let press = 0; press < 200; press++) {
    await page.keyboard.press("abcdefgh"[press % 8] ?? "x");
    await page.waitForTimeout(30);
  }
  const typed = await keys(page);
  const rate = (sent / (Date.now() - began)) * 1_000;
  isOver.now = true;
  await Promise.all(flood);
  tell("messages that came meanwhile", rate, "a second");
  tell("a letter to the end of its frame while they come, median", median(typed), "ms");
  tell("a letter to the end of its frame while they come, p95", percentile(typed, 0.95), "ms", most(50));
  await context.close();
});

test("scrolling: the list and the long thread, and what does not move", async () => {
  const context = await fresh();
  const page = await open(context, `/all/${it.long}`);
  await page.locator("[data-message]").last().waitFor();
  await page.waitForTimeout(1_500);
  const [inList, inThread]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    inList.push(await framesOf(page, "#conversations", 120, 120));
    inThread.push(await framesOf(page, "#thread", -400, 120));
  }
  tell("list, 120 pixels a frame, median", median(inList), "frames/s", least(55));
  tell(
    `thread of ${LONG.toLocaleString("en")}, 400 pixels a frame, median`,
    median(inThread),
    "frames/s",
    least(55),
  );

  // A page is put above what is read, and a message below it.
  const drift = async (act: () => Promise<unknown>) => {
    const place = () =>
      page.evaluate(() => {
        const box = document.querySelector("#thread")?.getBoundingClientRect();
        const middle = (box?.top ?? 0) + (box?.height ?? 0) / 2;
        const found = [...document.querySelectorAll("[data-seq]")].find(
          (message) => message.getBoundingClientRect().bottom > middle,
        );
        return { seq: found?.getAttribute("data-seq"), top: found?.getBoundingClientRect().top ?? 0 };
      });
    const before = await place();
    await act();
    const after = await page.evaluate(
      (seq) => document.querySelector(`[data-seq="${seq}"]`)?.getBoundingClientRect().top,
      before.seq,
    );
    return Math.abs((after ?? Number.POSITIVE_INFINITY) - before.top);
  };
  const oldest = () =>
    page.evaluate(() =>
      Math.min(
        ...[...document.querySelectorAll("[data-seq]")].map((e) => Number(e.getAttribute("data-seq"))),
      ),
    );
  const prepends: number[] = [];
  for (let round = 0; round < 5; round++) {
    await page.waitForTimeout(600);
    prepends.push(
      await drift(async () => {
        const from = await oldest();
        // Near enough to the top that the next page is fetched, and no nearer.
        const answered = page.waitForResponse(/thread\?before/);
        await page.locator("#thread").evaluate((element) => {
          element.dispatchEvent(new Event("scroll"));
        });
        await Promise.race([answered, page.waitForTimeout(1_500)]);
        await page.waitForTimeout(400);
        return from;
      }),
    );
    await page.locator("#thread").evaluate((element) => {
      element.scrollTop = Math.max(200, element.scrollTop - 1_500);
    });
  }
  tell("drift when an older page is put above", Math.max(...prepends), "px", most(0));
  const appends: number[] = [];
  for (let round = 0; round < 5; round++) {
    await page.waitForTimeout(600);
    appends.push(
      await drift(async () => {
        await it.phone.write(it.long, "something new");
        await page.waitForTimeout(500);
      }),
    );
  }
  tell("drift when a message comes below", Math.max(...appends), "px", most(0));
  await context.close();
});

test("memory", async () => {
  const context = await fresh();
  const page = await open(context, "/all");
  tell("heap after opening", (await heap(page)) / MEGA, "MB", most(30));
  const end = Date.now() + 240_000;
  for (let loaded = 0; loaded < CONVERSATIONS && Date.now() < end; ) {
    loaded = await page.locator("#conversations").evaluate(async (element) => {
      element.scrollTop = element.scrollHeight;
      await new Promise((resolve) => setTimeout(resolve, 60));
      return Number([...element.querySelectorAll("[aria-posinset]")].at(-1)?.getAttribute("aria-posinset"));
    });
  }
  const loaded = Number(await page.locator("[aria-posinset]").last().getAttribute("aria-posinset"));
  tell(
    `heap with ${loaded.toLocaleString("en")} conversations scrolled through`,
    (await heap(page)) / MEGA,
    "MB",
    most(30),
  );
  await context.close();
});
