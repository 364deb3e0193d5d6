import { expect, test } from "vitest";
import type { Intent } from "../sync/intent";
import { leftOf } from "./left";

test("a notice says where words are that went back, and nothing where there were none", () => {
  const base = { id: "int 1", conversation: "a", at: "", tab: "t", order: 1, message: "m" };
  const assign = { ...base, kind: "assign", agent: null } as const;
  const release = { ...base, kind: "release", seenSeq: 1 } as const;
  const intents: Intent[] = [
    { ...base, kind: "edit", text: "x" },
    { ...base, kind: "giveBack", note: "x" },
    { ...assign, words: "x" },
    { ...release, parts: [{ type: "text", text: "x" }] },
    assign,
    release,
    { ...base, kind: "delete" },
  ];
  expect(intents.map(leftOf)).toEqual(["field", "note", "note", "kept", null, null, null]);
});
