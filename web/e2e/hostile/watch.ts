import type { BrowserContext, Page } from "playwright-core";

declare global {
  interface Window {
    /** Numbers of the texts that ran. */
    ran: number[];
    /** Elements and attributes that no screen of ours has. */
    strange: string[];
    canary: (number: number) => void;
  }
}

/** Sets the trap: what runs is counted, and so is every element that a text became. */
export async function watch(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    window.ran = [];
    window.strange = [];
    window.canary = (number) => window.ran.push(number);
    const TAGS =
      /^(script|iframe|frame|frameset|object|embed|base|meta|style|link|form|img|image|video|audio|source|marquee|math|template|animate|set|foreignobject|xmp|plaintext|noscript|applet|portal)$/;
    const look = (node: Node) => {
      if (!(node instanceof Element)) return;
      const tag = node.localName;
      // The composer is a form; icons are drawings.
      if (TAGS.test(tag) && !(tag === "form" && node.querySelector("#composer, input[name=email]")))
        window.strange.push(node.outerHTML.slice(0, 200));
      for (const { name, value } of node.attributes) {
        const isAddress = /^(href|src|action|formaction|xlink:href|srcdoc|background)$/.test(name);
        const isOurs = /^(https?:\/\/|\/[a-z]*$|#)/.test(value);
        if (name.startsWith("on") || (isAddress && !isOurs))
          window.strange.push(`${tag} ${name}=${value.slice(0, 200)}`);
      }
      for (const child of node.children) look(child);
    };
    const start = () => {
      const observer = new MutationObserver((records) => {
        for (const record of records) {
          if (record.type === "attributes") look(record.target);
          else for (const node of record.addedNodes) look(node);
        }
      });
      observer.observe(document.body, { subtree: true, childList: true, attributes: true });
    };
    if (document.body) start();
    else document.addEventListener("DOMContentLoaded", start);
  });
}

/** Requests that leave the server, dialogs and windows that open by themselves. */
export function leaks(page: Page, home: string): string[] {
  const found: string[] = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(home) && !url.startsWith("data:image/svg")) found.push(`request ${url}`);
  });
  page.on("dialog", (dialog) => {
    found.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.context().on("page", (opened) => found.push(`window ${opened.url()}`));
  return found;
}
