import type { Ledger, LedgerPush } from "../api/types";

/** How the notification of a message came to one device. */
export interface Way {
  device: string;
  /** Through whom; null when only the device itself was heard of. */
  provider: LedgerPush["provider"] | null;
  /** In their order; the last one counts. */
  attempts: readonly LedgerPush[];
  arrivedAt: string | null;
  shownAt: string | null;
}

/** What the ledger says of each device, in the order in which they were heard of. */
export function waysOf(ledger: Ledger): Way[] {
  const ways = new Map<string, Way>();
  const way = (device: string) =>
    ways.get(device) ?? { device, provider: null, attempts: [], arrivedAt: null, shownAt: null };
  for (const push of ledger.pushes) {
    const known = way(push.device_id);
    const attempts = [...known.attempts, push];
    ways.set(push.device_id, { ...known, provider: push.provider, attempts });
  }
  for (const { device_id, delivered_at, shown_at } of ledger.devices ?? []) {
    const arrivedAt = delivered_at ?? shown_at ?? null;
    ways.set(device_id, { ...way(device_id), arrivedAt, shownAt: shown_at ?? null });
  }
  return [...ways.values()];
}

/** Why a device was not reached, as far as that makes a difference for what to do about it. */
export type Fault =
  | "on_screen"
  | "no_key"
  | "held"
  | "dead"
  | "mismatch"
  | "wrong_key"
  | "busy"
  | "no_answer"
  | "refused";

/** What the services and the server say, by what it comes to. Services may use words that are not known here. */
const FAULTS: readonly (readonly [RegExp, Fault])[] = [
  [/^not sent: the app was on the screen/, "on_screen"],
  [/^not sent: the app has no key/, "no_key"],
  [/^not sent: /, "wrong_key"],
  [/^not sent yet/, "held"],
  [/^(Unregistered|ExpiredToken|UNREGISTERED|INVALID_ARGUMENT|HTTP 410)$/, "dead"],
  [/^(BadDeviceToken|DeviceTokenNotForTopic|SENDER_ID_MISMATCH|BadEnvironmentKeyInToken)/, "mismatch"],
  [/ProviderToken|Topic|KeyIdInToken|Certificate|Forbidden|THIRD_PARTY_AUTH|PERMISSION_DENIED/, "wrong_key"],
  [/^(HTTP 401|UNAUTHENTICATED)/, "wrong_key"],
  [
    /^(TooMany|QUOTA|UNAVAILABLE|INTERNAL|InternalServerError|ServiceUnavailable|Shutdown|IdleTimeout)/,
    "busy",
  ],
  [/^HTTP (429|5)/, "busy"],
  [/^(HTTP 40[34])$/, "mismatch"],
  [/^(cannot connect|not processed|no answer)/, "no_answer"],
];

/** What an attempt failed at; null when the service took it. */
export function faultOf(push: Pick<LedgerPush, "accepted" | "detail">): Fault | null {
  if (push.accepted) return null;
  return FAULTS.find(([form]) => form.test(push.detail))?.[1] ?? "refused";
}
