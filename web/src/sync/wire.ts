import type { ClientFrame, ServerFrame } from "../api/types";
import type { Random } from "./backoff";
import { type Line, type LineEffect, type LineEvent, lineAtRest, stepLine } from "./connection";

export interface WireEvents {
  /** The first frame of a new socket: which feeds, from where. */
  follow(): ClientFrame;
  frame(frame: ServerFrame): void;
  line(line: Line): void;
  /** A ping was sent: what is to be said again now and then goes with it. */
  pinged(): void;
  poll(): void;
  bootstrap(): void;
  signedOut(): void;
}

/** Runs the line's state machine on a real WebSocket and real timers. */
export class Wire {
  private line: Line = lineAtRest;
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly address: string,
    private readonly random: Random,
    private readonly events: WireEvents,
  ) {}

  dispatch(event: LineEvent): void {
    const [line, effects] = stepLine(this.line, event, this.random);
    const isNew = line !== this.line;
    this.line = line;
    for (const effect of effects) this.run(effect);
    if (isNew) this.events.line(this.line);
  }

  /** Sends a frame if the line is live; nothing on a socket is needed, so it is not kept otherwise. */
  send(frame: ClientFrame): void {
    if (this.line.name === "live" && this.socket?.readyState === WebSocket.OPEN)
      this.socket.send(JSON.stringify(frame));
  }

  private run(effect: LineEffect): void {
    switch (effect.do) {
      case "open":
        this.open(effect.attempt);
        return;
      case "close":
        this.clear();
        return;
      case "wait":
        if (this.timer !== null) clearTimeout(this.timer);
        this.timer = setTimeout(() => this.dispatch({ on: "timer", attempt: effect.attempt }), effect.ms);
        return;
      case "ping":
        this.socket?.send(JSON.stringify({ type: "ping" } satisfies ClientFrame));
        this.events.pinged();
        return;
      case "poll":
        this.events.poll();
        return;
      case "bootstrap":
        this.events.bootstrap();
        return;
      case "sign_in":
        this.events.signedOut();
    }
  }

  private open(attempt: number): void {
    this.drop();
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.events.follow()));
    socket.onclose = (event) => this.dispatch({ on: "closed", attempt, code: event.code });
    socket.onmessage = (event) => {
      if (attempt !== this.line.attempt) return;
      const frame = readFrame(event.data);
      if (frame) this.hear(attempt, frame);
    };
  }

  private hear(attempt: number, frame: ServerFrame): void {
    this.dispatch({ on: "heard", attempt });
    if (frame.type === "hello") {
      this.dispatch({ on: "hello", attempt, window: frame.reconnect, pingMs: frame.ping_ms });
    } else if (frame.type === "goodbye") {
      this.dispatch({ on: "goodbye", attempt, window: frame.reconnect });
    }
    this.events.frame(frame);
  }

  private clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.drop();
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
  }
}

/** Reads a frame; what is not one is ignored, as frames of a later version are. */
export function readFrame(data: unknown): ServerFrame | null {
  if (typeof data !== "string") return null;
  try {
    const frame: unknown = JSON.parse(data);
    const isFrame = typeof frame === "object" && frame !== null && "type" in frame;
    return isFrame ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}
