import { expect, test } from "vitest";
import type { Agent } from "../../api/types";
import { namesOf } from "./names";
import { togetherWords } from "./words";

const agents = new Map(
  ["Carla", "Ben", "Zoé", "Ana"].map((name) => [name, { id: name, name, email: "", role: "agent" } as Agent]),
);

test("colleagues are named in one order, and counted when they are many", () => {
  expect(namesOf(["Carla"], agents, "en")).toBe("Carla");
  expect(namesOf(["Carla", "Ben"], agents, "en")).toBe("Ben and Carla");
  expect(namesOf(["Zoé", "Carla", "Ben"], agents, "fr")).toBe("Ben, Carla et Zoé");
  expect(namesOf(["Zoé", "Carla", "Ben", "Ana"], agents, "en")).toBe("Ana, Ben, and 2 others");
  expect(namesOf(["nobody known"], agents, "fr")).toBe("un collègue");
});

test.each(["en", "fr"] as const)("the words fit one and two (%s)", (language) => {
  const own = togetherWords[language];
  expect(own.writing("Ben", 1)).not.toBe(own.writing("Ben", 2));
  expect(own.writes("Ben", 1)).not.toBe(own.writes("Ben", 2));
  expect(own.looking("Ben", 1)).not.toBe(own.looking("Ben", 2));
  expect(own.looks("Ben", 1)).not.toBe(own.looks("Ben", 2));
});
