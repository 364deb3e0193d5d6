import { describe, expect, test } from "vitest";
import { backoff, withinWindow } from "./backoff";
import { type Line, type LineEffect, type LineEvent, lineAtRest, stepLine } from "./connection";
import { readFixture } from "./fixtures";
import { randomOf } from "./sample";

const window = { min_ms: 200, max_ms: 1_000 };
const half = () => 0.5;

/** Runs events; those that need one get the number of the current attempt. */
function run(events: (LineEvent | ((attempt: number) => LineEvent))[]): {
  line: Line;
  effects: LineEffect[];
} {
  let line = lineAtRest;
  let effects: LineEffect[] = [];
  for (const event of events) {
    [line, effects] = stepLine(line, typeof event === "function" ? event(line.attempt) : event, half);
  }
  return { line, effects };
}

const start: LineEvent = { on: "start" };
const hello = (attempt: number): LineEvent => ({ on: "hello", attempt, window, pingMs: 25_000 });
const closed =
  (code: number) =>
  (attempt: number): LineEvent => ({ on: "closed", attempt, code });
const timer = (attempt: number): LineEvent => ({ on: "timer", attempt });

describe("the line", () => {
  test("after a lost socket it comes back within the server's window", () => {
    const { line, effects } = run([start, hello, closed(1006)]);
    expect(line.name).toBe("waiting");
    expect(effects).toContainEqual({ do: "wait", attempt: line.attempt, ms: 600 });
  });

  test("goodbye brings another window", () => {
    const goodbye = (attempt: number): LineEvent => ({
      on: "goodbye",
      attempt,
      window: { min_ms: 0, max_ms: 8_000 },
    });
    const { line, effects } = run([start, hello, goodbye, closed(1012)]);
    expect(effects).toContainEqual({ do: "wait", attempt: line.attempt, ms: 4_000 });
  });

  test("attempts that fail back off, and ask over HTTP meanwhile", () => {
    const { effects, line } = run([start, hello, closed(1006), timer, closed(1006), timer, closed(1006)]);
    expect(effects).toContainEqual({ do: "wait", attempt: line.attempt, ms: 1_000 });
    expect(effects).toContainEqual({ do: "poll" });
  });

  test("a network that returns cuts the wait short", () => {
    const { line, effects } = run([start, hello, closed(1006), { on: "wake" }]);
    expect(line.name).toBe("opening");
    expect(effects[0]).toEqual({ do: "open", attempt: line.attempt });
  });

  test("a line that seems live after a sleep has to prove it", () => {
    const asked = run([start, hello, { on: "wake" }]);
    expect(asked.effects[0]).toEqual({ do: "ping" });
    expect(run([start, hello, { on: "wake" }, timer]).line.name).toBe("waiting");
    expect(
      run([start, hello, { on: "wake" }, (attempt) => ({ on: "heard", attempt }), timer]).effects[0],
    ).toEqual({
      do: "ping",
    });
  });

  test("what an older socket still says is ignored", () => {
    const { line } = run([start, hello]);
    expect(stepLine(line, { on: "closed", attempt: line.attempt - 1, code: 1006 }, half)).toEqual([line, []]);
  });

  test("a revoked session leads to the sign-in, a reset to a new bootstrap", () => {
    expect(run([start, hello, closed(4102)]).effects).toContainEqual({ do: "sign_in" });
    expect(run([start, hello, closed(4104)]).effects).toContainEqual({ do: "bootstrap" });
    expect(run([start, hello, closed(4103)]).line.name).toBe("refused");
  });

  test("it is never stuck: whatever happens, a timer or a bootstrap leads on", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomOf(seed);
      let [line, effects] = stepLine(lineAtRest, start, random);
      let hasTimer = effects.some((effect) => effect.do === "wait");
      for (let step = 0; step < 50; step++) {
        const { attempt } = line;
        const events: LineEvent[] = [
          hello(attempt),
          closed(1006)(attempt),
          { on: "heard", attempt },
          { on: "wake" },
          timer(attempt),
          closed(1006)(attempt - 1),
        ];
        const event = events[Math.floor(random() * events.length)] as LineEvent;
        if (event.on === "timer" && !hasTimer) continue;
        if (event.on === "timer") hasTimer = false;
        [line, effects] = stepLine(line, event, random);
        if (effects.some((effect) => effect.do === "close")) hasTimer = false;
        if (effects.some((effect) => effect.do === "wait")) hasTimer = true;
        expect(hasTimer, `${seed}: ${line.name}`).toBe(true);
      }
    }
  });
});

describe("waiting", () => {
  test("is a random time up to twice as long each round, at most a minute", () => {
    expect([1, 2, 3, 4].map((failures) => backoff(failures, () => 1))).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(backoff(1_000, () => 1)).toBe(60_000);
    expect(backoff(5, () => 0)).toBe(0);
  });

  test("stays in the window", () => {
    expect([0, 0.5, 1].map((at) => withinWindow(window, () => at))).toEqual([200, 600, 1_000]);
    expect(withinWindow({ min_ms: 500, max_ms: 100 }, () => 1)).toBe(500);
  });
});

test("close codes give the advice that the protocol's table says", () => {
  const codes = readFixture<{ code: number; reconnects: boolean }[]>("close_code.json");
  expect(codes.length).toBeGreaterThan(0);
  for (const { code, reconnects } of codes) {
    const { line } = run([start, hello, closed(code)]);
    expect(line.name === "waiting", `${code}`).toBe(reconnects);
  }
});
