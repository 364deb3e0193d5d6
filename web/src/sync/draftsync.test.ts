import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Api } from "../api/client";
import type { ServerDraft } from "../api/types";
import { DraftSync } from "./draftsync";
import type { Draft } from "./storage";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that keeps drafts, and a page that writes them. */
function setUp() {
  const kept = new Map<string, ServerDraft>();
  const asked: string[] = [];
  const server: { isUp: boolean; slow?: Promise<void> | undefined } = { isUp: true };
  const put = (conversation: string, kind: "reply" | "note", text: string | null) => {
    const draft = { conversation_id: conversation, kind, written_at: "", revision: kept.size + 1 };
    const now: ServerDraft = text === null ? draft : { ...draft, text };
    kept.set(`${conversation} ${kind}`, now);
    return now;
  };
  const lost = { kind: "lost", retryAfterMs: null } as const;
  const api = {
    putDraft: async (conversation: string, kind: "reply" | "note", text: string | null, ago: number) => {
      asked.push(`${conversation} ${kind} ${text} ${ago}`);
      await server.slow;
      return server.isUp ? { kind: "done", value: put(conversation, kind, text) } : lost;
    },
    drafts: async (after: number) => {
      const drafts = [...kept.values()].filter(({ revision }) => revision > after);
      return server.isUp ? { kind: "done", value: { drafts, more: false } } : lost;
    },
  } as unknown as Api;
  const adopted: Draft[] = [];
  const told: Draft[] = [];
  const sync = new DraftSync(api, () => Date.now(), {
    adopt: (draft) => adopted.push(draft),
    told: (draft) => told.push(draft),
    signedOut() {},
  });
  return { sync, asked, adopted, told, put, server, kept };
}

const draft = (text: string): Draft => ({ conversation: "a", mode: "reply", text });

test("what is written is told once the typing rests, the newest words and how old they are", async () => {
  const { sync, asked, told } = setUp();
  sync.wrote(draft("D"));
  await vi.advanceTimersByTimeAsync(500);
  sync.wrote(draft("Dear"));
  await vi.advanceTimersByTimeAsync(900);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(asked).toEqual(["a reply Dear 1000"]);
  expect(told).toEqual([draft("Dear")]);
});

test("what could not be told is told when the server is back, and nothing older takes its place", async () => {
  const { sync, asked, adopted, put, server } = setUp();
  server.isUp = false;
  sync.wrote(draft("Dear Mia"));
  await vi.advanceTimersByTimeAsync(2_000);
  put("a", "reply", "Older, from elsewhere");
  put("b", "note", "From elsewhere");
  server.isUp = true;
  await sync.catchUp();
  expect(adopted[0]).toEqual({ conversation: "b", mode: "note", text: "From elsewhere" });
  expect(adopted.some(({ text }) => text.startsWith("Older"))).toBe(false);
  expect(asked.at(-1)).toBe("a reply Dear Mia 2000");
});

test("what is emptied while its words are on their way is told after them", async () => {
  const { sync, asked, kept, server } = setUp();
  let arrive = () => {};
  server.slow = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  sync.wrote(draft("I will look"));
  await vi.advanceTimersByTimeAsync(1_000);
  sync.wrote(draft(""));
  await vi.advanceTimersByTimeAsync(5_000);
  server.slow = undefined;
  arrive();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked.map((it) => it.split(" ").slice(2, -1).join(" "))).toEqual(["I will look", "null"]);
  expect(kept.get("a reply")?.text).toBeUndefined();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(2);
});

test("what did not reach the server is tried again although nobody types", async () => {
  const { sync, told, server } = setUp();
  server.isUp = false;
  sync.wrote(draft("Dear"));
  await vi.advanceTimersByTimeAsync(2_000);
  server.isUp = true;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(told).toEqual([draft("Dear")]);
});

test("what was sent elsewhere goes here, and is asked for once", async () => {
  const { sync, adopted, put } = setUp();
  put("a", "reply", null);
  await sync.catchUp();
  await sync.catchUp();
  expect(adopted).toEqual([{ conversation: "a", mode: "reply", text: "" }]);
});
