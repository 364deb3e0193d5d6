// The service worker: keeps the files of one version and answers with them, so that the page opens at once and without a
// network. It never touches the API: what the server says is kept by the page itself, with its place in the feed.

import "./push";

declare const self: ServiceWorkerGlobalScope & {
  /**
   * Written in front of this script by the build: the files of this version, those that are kept once they were asked for,
   * and a hash over all of them.
   */
  TIDINGS: { version: string; files: readonly string[]; late: readonly string[] };
};

const { version, files, late } = self.TIDINGS;
const PREFIX = "tidings-files-";
const CACHE = PREFIX + version;
const INDEX = "/index.html";
/** Paths that are never a page of the inbox, as the server has them. */
const NOT_PAGES = /^\/(app|inbox\/v1|admin|assets|files|\.well-known|metrics)(\/|$)/;

const known = new Set([...files, ...late]);

self.addEventListener("install", (event) => {
  // `reload`: past the browser's own cache, so that no file of another version slips in.
  const fresh = files.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

self.addEventListener("message", (event) => {
  // Awaited, so that the browser does not stop the worker in between.
  if (event.data?.type === "use") event.waitUntil(self.skipWaiting());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate" ? isPage(address.pathname) : known.has(address.pathname))
    event.respondWith(answer(request.mode === "navigate" ? INDEX : address.pathname, request));
});

async function takeOver(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

function isPage(path: string): boolean {
  return !NOT_PAGES.test(path) && !path.slice(path.lastIndexOf("/")).includes(".");
}

async function answer(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(path);
  if (kept) return kept;
  const fresh = await fetch(request);
  // A full disk must not take the answer away.
  if (late.includes(path) && fresh.ok) await cache.put(path, fresh.clone()).catch(() => {});
  return fresh;
}
