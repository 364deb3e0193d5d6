import { expect, test } from "vitest";
import { fold } from "./fold";

test("accents, case and ligatures make no difference", () => {
  expect(fold("Émile À L’ŒUVRE, Straße, Łódź")).toBe("emile a l’oeuvre, strasse, lodz");
  expect(fold("E\u0301mile")).toBe(fold("Émile"));
});
