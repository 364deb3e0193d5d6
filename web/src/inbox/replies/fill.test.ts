import { expect, test } from "vitest";
import type { SavedReply } from "../../api/types";
import { conversation, ME } from "../../sync/sample";
import { factsOf, fill, wordsIn } from "./fill";
import { gapIn } from "./gaps";

const me = { id: ME, name: "Ana Moreau", email: "ana@example.com", role: "agent" } as const;
const reply = {
  texts: [
    { language: "en", text: "Hello" },
    { language: "pt-BR", text: "Olá" },
    { language: "fr", text: "Bonjour" },
  ],
} as SavedReply;

test("the user's language picks the words, its kin before another", () => {
  expect(wordsIn(reply, "fr")).toBe("Bonjour");
  expect(wordsIn(reply, "fr-CH")).toBe("Bonjour");
  expect(wordsIn(reply, "PT-br")).toBe("Olá");
  expect(wordsIn(reply, "pt")).toBe("Olá");
  expect(wordsIn(reply, "de")).toBe("Hello");
  expect(wordsIn(reply, null)).toBe("Hello");
});

test("what is known is filled, what is not stays and is found", () => {
  const known = conversation("a", { user: { id: "u", name: "Camille Petit", verified: true } });
  const text = "Dear {{user.first_name}} ({{ user.name }}), {{agent.first_name}} {{user.email}} {{nothing}}";
  const filled = fill(text, factsOf(known, me));
  expect(filled).toBe("Dear Camille (Camille Petit), Ana {{user.email}} {{nothing}}");
  expect(gapIn(filled)).toBe("{{user.email}}");
  expect(gapIn("Dear Camille, {} and {{ }} of code {{\n}}")).toBe("{{ }}");
  expect(gapIn("All said.")).toBeNull();
});

test("a name with what looks like a pattern stands as it is", () => {
  const known = conversation("a", { user: { id: "u", name: "$& $1 {{agent.name}}", verified: true } });
  expect(fill("{{user.name}}", factsOf(known, me))).toBe("$& $1 {{agent.name}}");
});
