// The line to the server as a state machine without a socket: (state, event) -> (state, effects). Each attempt has a
// number, so that what an older socket still says is ignored.
import type { ReconnectWindow } from "../api/types";
import { backoff, type Random, withinWindow } from "./backoff";

export type Line =
  | { name: "off"; attempt: number }
  | { name: "opening"; attempt: number; failures: number; window: ReconnectWindow }
  | { name: "live"; attempt: number; window: ReconnectWindow; pingMs: number; awaitsPong: boolean }
  | { name: "waiting"; attempt: number; failures: number; window: ReconnectWindow }
  /** The server does not want this client back as it is. */
  | { name: "refused"; attempt: number; code: number };

export type LineEvent =
  | { on: "start" }
  | { on: "stop" }
  | { on: "hello"; attempt: number; window: ReconnectWindow; pingMs: number }
  | { on: "goodbye"; attempt: number; window: ReconnectWindow }
  | { on: "heard"; attempt: number }
  | { on: "closed"; attempt: number; code: number }
  /** The time that `wait` asked for is over. */
  | { on: "timer"; attempt: number }
  /** The network came back, or the tab came to the screen. */
  | { on: "wake" };

export type LineEffect =
  | { do: "open"; attempt: number }
  | { do: "close" }
  | { do: "wait"; attempt: number; ms: number }
  | { do: "ping" }
  /** Ask over HTTP too, for networks that let no socket through. */
  | { do: "poll" }
  | { do: "sign_in" }
  | { do: "bootstrap" };

/** Until a server has said its own. */
export const FIRST_WINDOW: ReconnectWindow = { min_ms: 0, max_ms: 1_000 };
/** How long an opening socket may take to its `hello`. */
export const HELLO_MS = 10_000;
/** How long a `pong` may take. */
export const PONG_MS = 8_000;

const REVOKED = [4101, 4102];
const RESET = 4104;
/** 4100 to 4199: coming back the same way meets the same refusal. */
const isRefusal = (code: number) => code >= 4100 && code <= 4199;

export const lineAtRest: Line = { name: "off", attempt: 0 };

export function stepLine(line: Line, event: LineEvent, random: Random): [Line, LineEffect[]] {
  if ("attempt" in event && event.attempt !== line.attempt) return [line, []];
  switch (event.on) {
    case "start":
      return line.name === "off" || line.name === "refused"
        ? open(line.attempt + 1, 0, FIRST_WINDOW)
        : [line, []];
    case "stop":
      return [{ name: "off", attempt: line.attempt + 1 }, [{ do: "close" }]];
    case "hello":
      return line.name === "opening"
        ? [
            {
              name: "live",
              attempt: line.attempt,
              window: event.window,
              pingMs: event.pingMs,
              awaitsPong: false,
            },
            [{ do: "wait", attempt: line.attempt, ms: event.pingMs }],
          ]
        : [line, []];
    case "goodbye":
      return line.name === "live" ? [{ ...line, window: event.window }, []] : [line, []];
    case "heard":
      return line.name === "live" && line.awaitsPong
        ? [{ ...line, awaitsPong: false }, [{ do: "wait", attempt: line.attempt, ms: line.pingMs }]]
        : [line, []];
    case "closed":
      return closed(line, event.code, random);
    case "timer":
      return timer(line, random);
    case "wake":
      return wake(line);
  }
}

type Step = [Line, LineEffect[]];

function open(attempt: number, failures: number, window: ReconnectWindow): Step {
  const next: Line = { name: "opening", attempt, failures, window };
  return [
    next,
    [
      { do: "open", attempt },
      { do: "wait", attempt, ms: HELLO_MS },
    ],
  ];
}

function closed(line: Line, code: number, random: Random): Step {
  if (line.name === "off" || line.name === "refused" || line.name === "waiting") return [line, []];
  if (code === RESET)
    return [{ name: "off", attempt: line.attempt + 1 }, [{ do: "close" }, { do: "bootstrap" }]];
  if (isRefusal(code)) {
    const effect: LineEffect[] = REVOKED.includes(code)
      ? [{ do: "close" }, { do: "sign_in" }]
      : [{ do: "close" }];
    return [{ name: "refused", attempt: line.attempt + 1, code }, effect];
  }
  return lost(line, random);
}

/** The first wait lies within the server's window; only attempts that fail after it back off. */
function lost(line: Extract<Line, { name: "live" | "opening" }>, random: Random): Step {
  const failures = line.name === "live" ? 0 : line.failures + 1;
  const ms = failures === 0 ? withinWindow(line.window, random) : backoff(failures, random);
  const attempt = line.attempt + 1;
  const effects: LineEffect[] = [{ do: "close" }, { do: "wait", attempt, ms }];
  if (failures > 0) effects.push({ do: "poll" });
  return [{ name: "waiting", attempt, failures, window: line.window }, effects];
}

function timer(line: Line, random: Random): Step {
  switch (line.name) {
    case "waiting":
      return open(line.attempt + 1, line.failures, line.window);
    case "opening":
      return lost(line, random);
    case "live":
      if (line.awaitsPong) return lost(line, random);
      return [
        { ...line, awaitsPong: true },
        [{ do: "ping" }, { do: "wait", attempt: line.attempt, ms: PONG_MS }],
      ];
    default:
      return [line, []];
  }
}

function wake(line: Line): Step {
  // A wait is cut short; a line that seems live after a sleep has to prove it.
  if (line.name === "waiting") return open(line.attempt + 1, line.failures, line.window);
  if (line.name === "live" && !line.awaitsPong) {
    return [
      { ...line, awaitsPong: true },
      [{ do: "ping" }, { do: "wait", attempt: line.attempt, ms: PONG_MS }],
    ];
  }
  return [line, []];
}
