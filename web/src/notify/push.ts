// Web Push for this browser: subscribed at the browser's push service, and known to the server while the session lasts.
import { api } from "../api/client";

/** Whether this browser was set up for pushes to an agent. */
const KEPT = "tidings.push.";
/** How long the worker may take to be there. */
const WORKER_MS = 5_000;

export type PushFault = "unsupported" | "install" | "refused" | "no_service" | "no_answer";
export type PushOutcome = { kind: "on" } | { kind: "off" } | { kind: "fault"; fault: PushFault };

const isApple = /iPhone|iPad/.test(navigator.userAgent);

/** Why this browser cannot be woken at all; null: it can. */
export function obstacle(): PushFault | null {
  if ("PushManager" in window && "serviceWorker" in navigator) return null;
  // There it works for apps on the Home Screen only.
  return isApple ? "install" : "unsupported";
}

export const isSetUp = (agent: string): boolean => localStorage.getItem(KEPT + agent) === "on";

async function worker(): Promise<ServiceWorkerRegistration | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), WORKER_MS));
  return Promise.race([navigator.serviceWorker.ready, late]);
}

/** The key as bytes: some browsers take no text. */
function bytesOf(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

const isSame = (a: ArrayBuffer | null, b: Uint8Array): boolean =>
  a !== null && new Uint8Array(a).every((byte, place) => byte === b[place]);

/** Sets this browser up. Asks for permission, so it is called by a press of a button alone. */
export async function setUpPush(agent: string, locale: string): Promise<PushOutcome> {
  const hindered = obstacle();
  if (hindered) return { kind: "fault", fault: hindered };
  if ((await Notification.requestPermission()) !== "granted") return { kind: "fault", fault: "refused" };
  const outcome = await subscribe(locale);
  if (outcome.kind === "on") localStorage.setItem(KEPT + agent, "on");
  return outcome;
}

async function subscribe(locale: string): Promise<PushOutcome> {
  const fault = (name: PushFault): PushOutcome => ({ kind: "fault", fault: name });
  const registration = await worker();
  if (!registration) return fault("unsupported");
  const asked = await api.pushKey();
  if (asked.kind !== "done") return fault("no_answer");
  const key = bytesOf(asked.value.public_key);
  let subscription: PushSubscription;
  try {
    const known = await registration.pushManager.getSubscription();
    // One that was made with another key is worth nothing.
    if (known && !isSame(known.options.applicationServerKey, key)) await known.unsubscribe();
    subscription = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: key,
    });
  } catch {
    return fault("no_service");
  }
  const { endpoint, keys } = subscription.toJSON();
  const told = await api.subscribe({
    endpoint: endpoint ?? "",
    keys: { p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" },
    locale,
  });
  return told.kind === "done" ? { kind: "on" } : fault("no_answer");
}

/** This browser is not to be woken any more. */
export async function stopPush(agent: string): Promise<PushOutcome> {
  const told = await api.unsubscribe();
  if (told.kind !== "done") return { kind: "fault", fault: "no_answer" };
  localStorage.removeItem(KEPT + agent);
  const registration = await navigator.serviceWorker?.getRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  return { kind: "off" };
}

/** A new session, or a browser that renewed its subscription: the server is told again how to wake it. */
export async function keepPush(agent: string, locale: string): Promise<void> {
  if (!isSetUp(agent) || obstacle() || Notification.permission !== "granted") return;
  await subscribe(locale);
}
