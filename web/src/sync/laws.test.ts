// State + changes = state, with what the server's own tests wrote for each command.
import { describe, expect, test } from "vitest";
import { CHANGE_KINDS, type ChangePage, type Conversation, type Message, type Note } from "../api/types";
import { fixtureNames, readFixture } from "./fixtures";
import { Replica } from "./replica";
import { TEAM } from "./sample";

interface State {
  conversations: Conversation[];
  messages: Record<string, Message[]>;
  notes: Record<string, Note[]>;
  cursor: string;
}

interface Law {
  before: State;
  changes: ChangePage[];
  after: State;
}

const names = fixtureNames("laws/", ".team.json");

function replicaOf({ conversations, messages, notes, cursor }: State): Replica {
  const replica = new Replica();
  replica.restart([[TEAM, cursor]], conversations);
  replica.merge(replica.moment(), [], Object.values(messages).flat(), Object.values(notes).flat());
  return replica;
}

/** What a replica holds, in an order that does not depend on how it came. */
function stateOf(replica: Replica) {
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  const threads = [...replica.threads].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    conversations: [...replica.conversations.values()].sort(byId),
    messages: threads.flatMap(([, log]) => log.messages),
    notes: threads.flatMap(([, log]) => log.notes),
    cursor: replica.cursors.get(TEAM),
  };
}

describe.each(names)("%s", (name) => {
  const law = readFixture<Law>(`laws/${name}`);

  test("the state before and the changes give the state after", () => {
    const replica = replicaOf(law.before);
    for (const page of law.changes) expect(replica.apply(TEAM, page).kind).toBe("applied");
    expect(stateOf(replica)).toEqual(stateOf(replicaOf(law.after)));
  });

  test("applying a page again changes nothing", () => {
    const replica = replicaOf(law.before);
    for (const page of law.changes) {
      replica.apply(TEAM, page);
      replica.apply(TEAM, page);
    }
    expect(stateOf(replica)).toEqual(stateOf(replicaOf(law.after)));
  });
});

test("every kind of change has its law", () => {
  const shown = new Set(
    names.flatMap((name) =>
      readFixture<Law>(`laws/${name}`).changes.flatMap((page) => page.changes.map((it) => it.kind)),
    ),
  );
  expect(CHANGE_KINDS.filter((kind) => !shown.has(kind))).toEqual([]);
});
