import { expect, test } from "vitest";
import { conversation, timeAt } from "../sync/sample";
import { findConversations, findNamed, rank, wordsOf } from "./find";

const of = (id: string, name: string, more: object = {}) =>
  conversation(id, { user: { id, name, verified: true }, ...more });

test("beginnings come first, then beginnings of words, then what is inside of one", () => {
  expect(rank("marie curie", ["mar"])).toBe(0);
  expect(rank("anne marie", ["mar"])).toBe(1);
  expect(rank("omar", ["mar"])).toBe(2);
  expect(rank("omar marie", ["mar"])).toBe(1);
  expect(rank("marie", ["mar", "x"])).toBeNull();
  expect(rank("a.b (c)", ["(c"])).toBe(1);
});

test("people are found without their accents, by each of their words, in any order", () => {
  const all = [of("1", "Émile Renard"), of("2", "Renée Émilien"), of("3", "Zoë")];
  const found = (typed: string) => findConversations(all, wordsOf(typed), 9).map(({ id }) => id);
  expect(found("emile")).toEqual(["1"]);
  expect(found("RENARD émile")).toEqual(["1"]);
  expect(found("zoe")).toEqual(["3"]);
  expect(found("nobody")).toEqual([]);
});

test("addresses, ids and titles count too, and among equals the most recent is first", () => {
  const all = [
    of("1", "Ann", { title: "Broken lamp", active_at: timeAt(1) }),
    of("2", "Bob", { title: "broken lamp", active_at: timeAt(2) }),
    conversation("3", { user: { id: "3", verified: false, email: "lamp@example.com", external_id: "c-77" } }),
  ];
  const found = (typed: string, limit = 9) =>
    findConversations(all, wordsOf(typed), limit).map(({ id }) => id);
  expect(found("broken lamp")).toEqual(["2", "1"]);
  expect(found("broken", 1)).toEqual(["2"]);
  expect(found("lamp@")).toEqual(["3"]);
  expect(found("c-77")).toEqual(["3"]);
});

test("commands are found by their name and by other words for them", () => {
  const commands = [{ name: "Fermer" }, { name: "Aller aux fermées" }, { name: "Thème", also: "dark night" }];
  expect(findNamed(commands, wordsOf("ferme")).map(({ name }) => name)).toEqual([
    "Fermer",
    "Aller aux fermées",
  ]);
  expect(findNamed(commands, wordsOf("night")).map(({ name }) => name)).toEqual(["Thème"]);
  expect(findNamed(commands, [])).toEqual(commands);
});
