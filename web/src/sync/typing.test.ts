import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Signals } from "./signals";
import { Typing } from "./typing";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("who writes is known for six seconds, and until what they wrote has come", () => {
  const typing = new Typing(new Signals((task) => task()), () => Date.now());
  typing.hear("a", null);
  typing.hear("a", "carla");
  expect(typing.in("a")).toBe("user carla");
  expect(typing.in("b")).toBe("");
  typing.over("a", { kind: "agent", id: "carla", name: "Carla" });
  expect(typing.in("a")).toBe("user");
  vi.advanceTimersByTime(6_001);
  expect(typing.in("a")).toBe("");
});
