import { expect, test } from "vitest";
import type { Agent } from "../../api/types";
import { askedAt, mentionsIn, named, offered } from "./mentions";

const agent = (id: string, name: string): Agent => ({
  id,
  name,
  email: `${id}@example.com`,
  role: "agent",
});
const ben = agent("agt_1", "Ben Ortiz");
const elodie = agent("agt_2", "Élodie Martin");
const short = agent("agt_3", "Ben");
const all = [ben, elodie, short];

test("a name is asked for from its at sign to the cursor, and an address is none", () => {
  const asked = (text: string) => askedAt(text, text.length);
  expect(asked("hello @be")).toEqual({ from: 6, query: "be" });
  expect(asked("@")).toEqual({ from: 0, query: "" });
  expect(asked("(@Ben Or")).toEqual({ from: 1, query: "Ben Or" });
  for (const text of ["ben@example", "@ ben", "@ben\nand", "@ben  and", "no sign", `@${"x".repeat(50)}`])
    expect(asked(text), text).toBeNull();
  expect(askedAt("@ben and more", 4)).toEqual({ from: 0, query: "ben" });
});

test("colleagues are found by each part of their name, without accents", () => {
  const names = (query: string) => offered(query, all).map(({ name }) => name);
  expect(names("")).toEqual(["Ben", "Ben Ortiz", "Élodie Martin"]);
  expect(names("elo")).toEqual(["Élodie Martin"]);
  expect(names("mar")).toEqual(["Élodie Martin"]);
  expect(names("agt_2")).toEqual(["Élodie Martin"]);
  expect(names("zo")).toEqual([]);
});

test("the longest name is meant, and one that goes on is another's", () => {
  const who = (text: string) => named(text, all).flatMap((piece) => (piece.who ? [piece.who.id] : []));
  expect(who("@Ben Ortiz and @Élodie Martin.")).toEqual(["agt_1", "agt_2"]);
  expect(who("@Ben, look")).toEqual(["agt_3"]);
  expect(who("@Benjamin and mail@Ben")).toEqual([]);
  expect(
    named("hi @Ben!", all)
      .map(({ text }) => text)
      .join(""),
  ).toBe("hi @Ben!");
});

test("of two with one name the chosen one is meant, else nobody", () => {
  const twin = agent("agt_4", "Ben");
  const both = [short, twin];
  expect(mentionsIn("@Ben", both, new Map())).toEqual([]);
  expect(mentionsIn("@Ben @Ben", both, new Map([["Ben", "agt_4"]]))).toEqual([
    { agent_id: "agt_4", name: "Ben" },
  ]);
  expect(mentionsIn("no more", both, new Map([["Ben", "agt_4"]]))).toEqual([]);
});
