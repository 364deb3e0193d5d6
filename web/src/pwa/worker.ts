// The service worker that keeps the page's files, so that it opens without a network; and what it says of new versions.

const SCRIPT = "/sw.js";
/** Looking for a new version is a small request; more often than this it tells nothing. */
const LOOK_APART_MS = 10 * 60_000;
/** How long a waiting version may take to come into use: the one before may still have something under way. */
const CHANGE_MS = 4_000;

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): { createScriptURL: (address: string) => unknown };
}

/** The one place where a string becomes the address of a script (Trusted Types), and the one address it may be. */
function scriptAddress(): string {
  // TypeScript's library does not know Trusted Types yet.
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy("tidings", {
    createScriptURL: (address) => {
      if (address !== SCRIPT) throw new TypeError(`not a script of ours: ${address}`);
      return address;
    },
  });
  return (policy?.createScriptURL(SCRIPT) ?? SCRIPT) as string;
}

/**
 * Registers the worker. `onReady` is told of a version that waits; calling what it is given brings it into use, and every
 * page of this browser into that version. Drafts and outbox are in the database by then, as they always are.
 */
export function keepFiles(onReady: (use: () => void) => void): void {
  if (!("serviceWorker" in navigator) || !window.isSecureContext || import.meta.env.DEV) return;
  const { serviceWorker } = navigator;
  // The first worker takes over a page that has its files already; only a later one means other files.
  let hadOne = serviceWorker.controller !== null;
  serviceWorker.addEventListener("controllerchange", () => {
    if (hadOne) location.reload();
    hadOne = true;
  });
  serviceWorker.register(scriptAddress()).then(
    // Tools that block workers answer with nothing.
    (registration: ServiceWorkerRegistration | undefined) => registration && watch(registration, onReady),
    () => {},
  );
}

/** Brings a worker into use. Leaving the page ends what keeps the one before, should that take long. */
function use(worker: ServiceWorker): void {
  worker.postMessage({ type: "use" });
  setTimeout(() => location.reload(), CHANGE_MS);
}

function watch(registration: ServiceWorkerRegistration, onReady: (use: () => void) => void): void {
  const tell = (worker: ServiceWorker | null) => {
    if (worker && navigator.serviceWorker.controller) onReady(() => use(registration.waiting ?? worker));
  };
  tell(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => worker.state === "installed" && tell(worker));
  });
  let lookedAt = performance.now();
  document.addEventListener("visibilitychange", () => {
    const isDue = document.visibilityState === "visible" && performance.now() - lookedAt > LOOK_APART_MS;
    if (!isDue) return;
    lookedAt = performance.now();
    registration.update().catch(() => {});
  });
}
