import { describe, expect, test } from "vitest";
import type { Change, Conversation } from "../api/types";
import { Replica } from "./replica";
import { conversation, cursorAt, message, page, randomOf, TEAM, timeAt } from "./sample";

function started(seq = 0, conversations: Conversation[] = []): Replica {
  const replica = new Replica();
  replica.restart([[TEAM, cursorAt(seq)]], conversations);
  return replica;
}

const added = (seq: number, id: string, messageSeq: number): Change => ({
  seq,
  kind: "message_added",
  conversation_id: id,
  message: message(id, messageSeq),
});

describe("apply", () => {
  test("a page that is known already is not applied", () => {
    const replica = started(5, [conversation("a", { last_seq: 5 })]);
    const old = page([added(5, "a", 1)], [conversation("a", { last_seq: 1 })]);
    expect(replica.apply(TEAM, old).kind).toBe("known");
    expect(replica.conversations.get("a")?.last_seq).toBe(5);
  });

  test("a page that begins too late is a gap, and nothing of it is applied", () => {
    const replica = started(5);
    expect(replica.apply(TEAM, page([added(7, "a", 1)], [conversation("a")])).kind).toBe("gap");
    expect(replica.cursors.get(TEAM)).toBe(cursorAt(5));
    expect(replica.conversations.size).toBe(0);
  });

  test("a page of another history is told apart", () => {
    const replica = started(5);
    const other = { ...page([added(6, "a", 1)], []), cursor: "00000000000000bb.6" };
    expect(replica.apply(TEAM, other).kind).toBe("other_history");
  });

  test("a kind of a later version still brings its header", () => {
    const replica = started(0, [conversation("a")]);
    const later = { seq: 1, kind: "conversation_levitated", conversation_id: "a" } as unknown as Change;
    expect(replica.apply(TEAM, page([later], [conversation("a", { state: "closed" })])).kind).toBe("applied");
    expect(replica.conversations.get("a")?.state).toBe("closed");
  });
});

describe("restart", () => {
  test("messages of another history are forgotten, those of the same one stay", () => {
    const replica = started(0, [conversation("a")]);
    replica.apply(TEAM, page([added(1, "a", 1)], [conversation("a", { last_seq: 1 })]));
    replica.restart([[TEAM, cursorAt(5)]], []);
    expect(replica.thread("a").lastSeq).toBe(1);
    replica.restart([[TEAM, "00000000000000bb.2"]], [conversation("a")]);
    expect(replica.thread("a").lastSeq).toBe(0);
  });
});

describe("merge", () => {
  test("an answer that is older than what the feed said meanwhile leaves the header alone", () => {
    const replica = started(0, [conversation("a")]);
    const asked = replica.moment();
    replica.apply(
      TEAM,
      page(
        [{ seq: 1, kind: "conversation_closed", conversation_id: "a" }],
        [conversation("a", { state: "closed" })],
      ),
    );
    replica.merge(asked, [conversation("a", { state: "open" })]);
    expect(replica.conversations.get("a")?.state).toBe("closed");
  });

  test("an answer that was asked for afterwards counts", () => {
    const replica = started(0, [conversation("a")]);
    replica.apply(
      TEAM,
      page(
        [{ seq: 1, kind: "conversation_closed", conversation_id: "a" }],
        [conversation("a", { state: "closed" })],
      ),
    );
    replica.merge(replica.moment(), [conversation("a", { state: "open" })]);
    expect(replica.conversations.get("a")?.state).toBe("open");
  });
});

describe("threads", () => {
  test("only the run without a hole at the end is shown", () => {
    const replica = started();
    replica.merge(
      0,
      [],
      [1, 2, 3, 7, 8].map((seq) => message("a", seq)),
    );
    expect(
      replica
        .thread("a")
        .run()
        .messages.map(({ seq }) => seq),
    ).toEqual([7, 8]);
    replica.merge(
      0,
      [],
      [6, 5, 4].map((seq) => message("a", seq)),
    );
    expect(replica.thread("a").run().messages).toHaveLength(8);
  });
});

test("however the feed is cut, repeated and mixed with fetched pages, the state is the same", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomOf(seed);
    const pick = (count: number) => Math.floor(random() * count);
    const ids = ["a", "b", "c", "d"];
    const truth = new Map(ids.map((id) => [id, conversation(id)]));
    const log: Change[] = [];
    const headersAt: Map<string, Conversation>[] = [new Map(truth)];
    for (let seq = 1; seq <= 60; seq++) {
      const id = ids[pick(4)] as string;
      const before = truth.get(id) as Conversation;
      if (random() < 0.7) {
        const next = before.last_seq + 1;
        truth.set(id, { ...before, last_seq: next, active_at: timeAt(seq) });
        log.push(added(seq, id, next));
      } else {
        truth.set(id, { ...before, state: before.state === "open" ? "closed" : "open" });
        log.push({ seq, kind: "conversation_closed", conversation_id: id });
      }
      headersAt.push(new Map(truth));
    }
    const replica = started(0, [...(headersAt[0]?.values() ?? [])]);
    let at = 0;
    while (at < 60) {
      // A page may begin before what is known (an overlap) and has the headers of a moment at or after its end.
      const from = Math.max(0, at - pick(4));
      const to = Math.min(60, at + 1 + pick(6));
      const headers = headersAt[Math.min(60, to + pick(3))] as Map<string, Conversation>;
      const changes = log.slice(from, to);
      const touched = [...new Set(changes.map((change) => change.conversation_id))];
      const cut = page(
        changes,
        touched.map((id) => headers.get(id) as Conversation),
      );
      const asked = replica.moment();
      const stale = [...(headersAt[at]?.values() ?? [])];
      expect(replica.apply(TEAM, cut).kind).toBe("applied");
      if (random() < 0.3) expect(replica.apply(TEAM, cut).kind).toBe("known");
      if (random() < 0.3)
        replica.merge(
          asked,
          stale.filter(({ id }) => touched.includes(id)),
        );
      at = to;
    }
    for (const id of ids) {
      expect(replica.conversations.get(id)).toEqual(truth.get(id));
      const sent = log
        .filter((change) => change.conversation_id === id && change.message)
        .map((change) => change.message);
      expect(replica.thread(id).messages).toEqual(sent);
    }
  }
});
