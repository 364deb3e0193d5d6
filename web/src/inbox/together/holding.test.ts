import { expect, test } from "vitest";
import type { Agent } from "../../api/types";
import { holding } from "./holding";
import { togetherWords } from "./words";

const agents = new Map(
  ["Carla", "Ben"].map((name) => [name, { id: name, name, email: "", role: "agent" } as Agent]),
);
const said = (holder: Parameters<typeof holding>[0], language: "en" | "fr" = "en") =>
  holding(holder, togetherWords[language], agents, (at) => at.toISOString().slice(11, 16));
const since = "2026-11-22T10:02:00.000Z";

test("who has a conversation is said with since when and by whose hand, as far as it is known", () => {
  expect(said({ agent_id: "Carla", since, by_agent_id: "Carla" })).toBe("Carla took this at 10:02");
  expect(said({ agent_id: "Carla", since, by_agent_id: "Ben" })).toBe("Ben assigned this to Carla at 10:02");
  expect(said({ agent_id: "Carla", since })).toBe("Carla has this since 10:02");
  expect(said({ agent_id: "Carla" })).toBe("Carla has this");
  expect(said({ since })).toBe("Nobody has this any more");
  expect(said({ agent_id: "Carla", since, by_agent_id: "Carla" }, "fr")).toBe("Carla l’a prise à 10:02");
});
