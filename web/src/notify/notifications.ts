// The browser's notifications: one for each conversation, a newer one in the place of the older.
import { pathOf } from "../paths";

const ICON = "/icon-192.png";

export type Permission = "granted" | "denied" | "default" | "unsupported";

export const permissionNow = (): Permission =>
  "Notification" in window ? Notification.permission : "unsupported";

const registration = async (): Promise<ServiceWorkerRegistration | undefined> =>
  (await navigator.serviceWorker?.getRegistration().catch(() => undefined)) ?? undefined;

export interface Shown {
  conversation: string;
  message: string;
  title: string;
  body: string;
}

/** Shows a notification; through the worker where there is one, so that a push takes its place and not a second one. */
export async function show(what: Shown, onClick: (conversation: string) => void): Promise<void> {
  if (permissionNow() !== "granted") return;
  const { conversation, message, title, body } = what;
  const path = pathOf({ view: "all", conversation, message: null });
  const options = { body, tag: conversation, icon: ICON, data: { path, message } };
  const worker = await registration();
  if (worker?.active) {
    // `renotify` is not in TypeScript's library.
    const again = { ...options, renotify: true } as NotificationOptions;
    return worker.showNotification(title, again).catch(() => {});
  }
  try {
    const shown = new Notification(title, options);
    shown.onclick = () => {
      window.focus();
      onClick(conversation);
      shown.close();
    };
    own.get(conversation)?.close();
    own.set(conversation, shown);
  } catch {
    // Some browsers want a worker for it; without one there is nothing to show.
  }
}

const own = new Map<string, Notification>();

/** Nobody is signed in here any more: nothing of theirs stays on the screen. */
export async function clearAll(): Promise<void> {
  await navigator.clearAppBadge?.().catch(() => {});
  await close(null);
}

/** Takes away the notification of a conversation that was read; all of them without one. */
export async function close(conversation: string | null): Promise<void> {
  for (const [id, shown] of own) {
    if (conversation !== null && id !== conversation) continue;
    shown.close();
    own.delete(id);
  }
  const worker = await registration();
  const filter = conversation === null ? {} : { tag: conversation };
  for (const shown of (await worker?.getNotifications(filter).catch(() => [])) ?? []) shown.close();
}
