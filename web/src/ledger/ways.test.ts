import { expect, test } from "vitest";
import type { Ledger, LedgerPush } from "../api/types";
import { faultOf, waysOf } from "./ways";

const at = (second: number) => `2026-11-21T09:30:${String(second).padStart(2, "0")}Z`;
const push = (device: string, second: number, accepted: boolean, detail: string): LedgerPush => ({
  device_id: device,
  provider: "apns",
  accepted,
  detail,
  at: at(second),
});

test("attempts and what the devices said come together, device by device", () => {
  const ledger: Ledger = {
    stored_at: at(0),
    delivered: true,
    read: false,
    pushes: [
      push("dev_a", 1, false, "TooManyRequests"),
      push("dev_b", 2, false, "Unregistered"),
      push("dev_a", 5, true, "id-1"),
    ],
    devices: [
      { device_id: "dev_a", shown_at: at(7), delivered_at: at(6) },
      { device_id: "dev_c", delivered_at: at(8) },
    ],
  };
  expect(waysOf(ledger).map(({ attempts, ...way }) => ({ ...way, attempts: attempts.length }))).toEqual([
    { device: "dev_a", provider: "apns", attempts: 2, arrivedAt: at(6), shownAt: at(7) },
    { device: "dev_b", provider: "apns", attempts: 1, arrivedAt: null, shownAt: null },
    { device: "dev_c", provider: null, attempts: 0, arrivedAt: at(8), shownAt: null },
  ]);
});

test("nothing was sent: there is no way", () => {
  expect(waysOf({ stored_at: at(0), delivered: false, read: false, pushes: [] })).toEqual([]);
});

test("what a service says is told by what to do about it", () => {
  for (const [detail, fault] of [
    ["not sent: the app was on the screen", "on_screen"],
    ["not sent: the app has no key for this service", "no_key"],
    ["not sent: the sealed key is damaged", "wrong_key"],
    ["not sent yet: many pushes wait for an answer", "held"],
    ["Unregistered", "dead"],
    ["UNREGISTERED", "dead"],
    ["INVALID_ARGUMENT", "dead"],
    ["HTTP 410", "dead"],
    ["BadDeviceToken", "mismatch"],
    ["DeviceTokenNotForTopic", "mismatch"],
    ["SENDER_ID_MISMATCH", "mismatch"],
    ["HTTP 403", "mismatch"],
    ["InvalidProviderToken", "wrong_key"],
    ["TopicDisallowed", "wrong_key"],
    ["THIRD_PARTY_AUTH_ERROR", "wrong_key"],
    ["HTTP 401", "wrong_key"],
    ["TooManyRequests", "busy"],
    ["UNAVAILABLE", "busy"],
    ["HTTP 503", "busy"],
    ["cannot connect: connection refused", "no_answer"],
    ["PayloadTooLarge", "refused"],
    ["something of next year", "refused"],
  ] as const)
    expect(faultOf({ accepted: false, detail }), detail).toBe(fault);
  expect(faultOf({ accepted: true, detail: "Unregistered" })).toBeNull();
});
