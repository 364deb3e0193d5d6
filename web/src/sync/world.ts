// What an inbox needs of the world around it, so that a test can be another world.
import type { Api } from "../api/client";
import type { Bootstrap, Problem } from "../api/types";
import type { UploadsApi } from "../api/uploads";
import type { Random } from "./backoff";
import type { LastMoment } from "./drafts";
import type { Intent } from "./intent";
import type { Schedule } from "./signals";
import type { Snapshot } from "./snapshot";
import type { Storage } from "./storage";

/** What an inbox starts from: the server's word of this moment, or what an earlier page left. */
export type Start = { kind: "fresh"; bootstrap: Bootstrap } | { kind: "warm"; snapshot: Snapshot };

export interface World {
  api: Api;
  uploads: UploadsApi;
  /** Runs a task while no other tab of this browser runs one of the same name. */
  alone: <T>(name: string, task: () => Promise<T>) => Promise<T>;
  storage: Storage;
  lastMoment: LastMoment;
  /** The same for quotes and edits. */
  lastBegun: LastMoment;
  socketAddress: string;
  tab: string;
  livingTabs: () => Promise<ReadonlySet<string>>;
  now: () => number;
  /** Milliseconds that only grow, whatever the clock does. */
  elapsed: () => number;
  /** How long a reply waits before it is sent, so that it can be had back; 0: not at all. */
  holdMs: () => number;
  random: Random;
  randomBytes: () => Uint8Array;
  schedule: Schedule;
  /** Runs a task when there is nothing better to do. */
  whenIdle: (task: () => void) => void;
  /** Nobody is signed in any more: the next start must not show this agent's conversations. */
  forgetAgent: () => void;
}

export interface Endings {
  signedOut: () => void;
  /** Somebody else is signed in by now: what stands here is not theirs. */
  replaced: () => void;
}

/** Something the person should hear of once. */
export interface Notice {
  id: number;
  intent: Intent;
  problem: Problem;
}
