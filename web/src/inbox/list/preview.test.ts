import { expect, test } from "vitest";
import type { Message } from "../../api/types";
import { en } from "../../words/en";
import { previewOf } from "./preview";

const said = (author: Message["author"], text: string) =>
  previewOf({ author, parts: [{ type: "text", text }] } as unknown as Message, en);

test("words of agents stand in the list without their marks, those of users as they were typed", () => {
  const text = "**Track** [it](https://parcels.example/4711)\n- 2*3*4";
  const plain = "Track it (parcels.example)\n- 2*3*4";
  expect(said({ kind: "agent", id: "agt_1", name: "Ana" }, text)).toBe(plain);
  expect(said({ kind: "system" }, text)).toBe(plain);
  expect(said({ kind: "user", id: "usr_1" }, text)).toBe(text);
  expect(said({ kind: "system" }, `**${"a".repeat(5_000)}**`)).toHaveLength(200);
});
