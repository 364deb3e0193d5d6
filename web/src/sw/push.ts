// Pushes: one notification for each conversation; a click opens it. The server has decided that the agent is to be told.

export {};

declare const self: ServiceWorkerGlobalScope;

const ICON = "/icon-192.png";

/** What the server sends; without title and body where the company lets nothing be said. */
interface Told {
  title?: string;
  body?: string;
  tidings?: { conversation_id?: string; message_id?: string; badge?: number; kind?: string };
}

/** Of an opaque push: said here, in the language of the browser. */
const SAYS_NOTHING = self.navigator.language.startsWith("fr") ? "Nouveau message" : "New message";

function read(event: PushEvent): Told {
  try {
    return (event.data?.json() ?? {}) as Told;
  } catch {
    return {};
  }
}

async function tell(told: Told): Promise<void> {
  const { conversation_id: conversation, message_id: message, badge } = told.tidings ?? {};
  if (typeof badge === "number") await self.navigator.setAppBadge?.(badge).catch(() => {});
  const tag = conversation ?? "tidings";
  // A repeat, or what a page has shown already: it takes its place and rings no second time.
  const before = await self.registration.getNotifications({ tag });
  const isKnown = before.some(({ data }) => data?.message === message);
  const path = conversation ? `/all/${conversation}` : "/";
  await self.registration.showNotification(told.title ?? "Tidings", {
    body: told.body ?? SAYS_NOTHING,
    tag,
    icon: ICON,
    data: { path, conversation, message },
    renotify: !isKnown,
  } as NotificationOptions);
}

/** Shows the conversation in a page that is open, or opens one. */
async function open(path: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages[0];
  if (!page) {
    await self.clients.openWindow(path);
    return;
  }
  const conversation = path.split("/")[2];
  if (conversation) page.postMessage({ type: "open", conversation });
  await page.focus();
}

/** The push service gave another address: the server is told, as far as the session still lasts. */
async function renew(event: { oldSubscription?: PushSubscription | null }): Promise<void> {
  const key = event.oldSubscription?.options.applicationServerKey;
  if (!key) return;
  const { endpoint, keys } = (
    await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  ).toJSON();
  await fetch("/inbox/v1/push/subscription", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ endpoint, keys, locale: self.navigator.language }),
  });
}

self.addEventListener("push", (event) => event.waitUntil(tell(read(event))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? "/"));
});

self.addEventListener("pushsubscriptionchange", (event) =>
  (event as ExtendableEvent).waitUntil(renew(event as { oldSubscription?: PushSubscription })),
);
