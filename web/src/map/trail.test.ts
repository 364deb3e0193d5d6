import { expect, test } from "vitest";
import type { LivePart, Message } from "../api/types";
import { type Trails, trailsOf } from "./trail";

const live = (number: number, latitude: number, more: Partial<LivePart> = {}): LivePart => ({
  type: "live_location",
  ended: false,
  for_s: 900,
  last: { number, received_at: "2026-11-22T10:00:00Z", location: { latitude, longitude: 2 } },
  ...more,
});
const message = (part: LivePart, deleted_at?: string) =>
  ({ id: "m", parts: [part], deleted_at }) as unknown as Message;
const after = (...parts: LivePart[]) =>
  parts.reduce<Trails>((trails, part) => trailsOf(trails, [message(part)]), new Map()).get("m");

test("a trail grows by what is new and elsewhere, in order", () => {
  expect(
    after(live(1, 48), live(2, 48.1), live(2, 48.1), live(3, 48.1), live(4, 48.2))?.map((it) => it.latitude),
  ).toEqual([48, 48.1, 48.2]);
  // What comes late changes nothing.
  expect(after(live(4, 48.2), live(3, 48.1))?.length).toBe(1);
});

test("of a long way the newest steps are kept", () => {
  const steps = Array.from({ length: 260 }, (_, place) => live(place + 1, place / 100));
  const trail = after(...steps);
  expect(trail?.length).toBe(200);
  expect(trail?.at(-1)?.latitude).toBe(2.59);
});

test("with the end of the share, or the message, the trail is gone", () => {
  expect(after(live(1, 48), live(2, 48.1, { ended: true, last: null }))).toBeUndefined();
  const before = trailsOf(new Map(), [message(live(1, 48))]);
  expect(trailsOf(before, [message(live(1, 48), "2026-11-22T10:00:00Z")]).size).toBe(0);
  expect(trailsOf(before, []).size).toBe(0);
});
