import type { BrowserContext, Page } from "playwright-core";

declare global {
  interface Window {
    /** Milliseconds from the start of the page to the first frame with rows in it. */
    rowsAt: number;
    /** From each key to the end of the frame that shows what it did, in milliseconds. */
    keys: number[];
  }
}

/** Puts the clocks into every page of a context. No frame is asked for but the one that a key makes anyway. */
export async function probe(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    window.rowsAt = 0;
    window.keys = [];
    const afterFrame = (done: (now: number) => void) =>
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => done(performance.now());
        channel.port2.postMessage(null);
      });
    const look = () => {
      if (!document.querySelector("[data-conversation]")) return;
      observer.disconnect();
      afterFrame((now) => {
        window.rowsAt = now;
      });
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true });
    window.addEventListener(
      "keydown",
      (event) => afterFrame((now) => window.keys.push(now - event.timeStamp)),
      true,
    );
  });
}

export const rowsAt = async (page: Page): Promise<number> => {
  await page.waitForFunction(() => window.rowsAt > 0);
  return page.evaluate(() => window.rowsAt);
};

export async function keys(page: Page): Promise<number[]> {
  await page.waitForTimeout(300);
  return page.evaluate(() => window.keys.splice(0));
}

/** Scrolls a box by so many pixels a frame, and counts the frames. */
export const framesOf = (page: Page, box: string, pixels: number, frames: number) =>
  page.locator(box).evaluate(
    async (element, [step, count]) => {
      const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
      const from = await frame();
      let now = from;
      for (let place = 0; place < (count ?? 0); place++) {
        element.scrollTop += step ?? 0;
        now = await frame();
      }
      return ((count ?? 0) / (now - from)) * 1_000;
    },
    [pixels, frames],
  );

/** JavaScript's heap after everything that can go is gone, in bytes. */
export async function heap(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = (await devtools.send("Runtime.getHeapUsage")) as { usedSize: number };
  await devtools.detach();
  return usedSize;
}
