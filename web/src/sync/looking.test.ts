import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Looking } from "./looking";
import { Signals } from "./signals";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const looking = () => new Looking(new Signals((task) => task()), () => Date.now());

test("who looks is known until they leave, or are not heard of for a minute", () => {
  const lookers = looking();
  lookers.hear("a", "carla", false);
  lookers.hear("a", "ben", false);
  expect([lookers.at("a"), lookers.at("b")]).toEqual(["carla ben", ""]);
  lookers.hear("a", "carla", true);
  expect(lookers.at("a")).toBe("ben");
  vi.advanceTimersByTime(40_000);
  lookers.hear("a", "ben", false);
  vi.advanceTimersByTime(40_000);
  expect(lookers.at("a"), "said again").toBe("ben");
  vi.advanceTimersByTime(20_001);
  expect(lookers.at("a")).toBe("");
});

test("with a new line nobody is believed to look who did before", () => {
  const lookers = looking();
  lookers.hear("a", "carla", false);
  lookers.forget();
  expect(lookers.at("a")).toBe("");
});
