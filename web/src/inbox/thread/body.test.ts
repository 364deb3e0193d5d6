import { expect, test } from "vitest";
import type { Part } from "../../api/types";
import { blocksOf } from "./body";

const text: Part = { type: "text", text: "look" };
const file = (id: string, more: object = {}): Part => ({
  type: "attachment",
  attachment_id: id,
  media_type: "application/pdf",
  bytes: 3,
  ...more,
});
const picture = (id: string) => file(id, { media_type: "image/jpeg", width: 40, height: 30 });

test("pictures that follow each other are one grid, and everything keeps its order", () => {
  const parts = [text, picture("a"), picture("b"), file("c"), picture("d"), text];
  expect(
    blocksOf(parts).map((block) => (block.kind === "pictures" ? block.pictures.length : block.kind)),
  ).toEqual(["part", 2, "file", 1, "part"]);
});

test("an image that the server did not make anew is a file: nothing of it is drawn", () => {
  const heic = file("a", { media_type: "image/heic" });
  expect(blocksOf([heic])).toMatchObject([{ kind: "file" }]);
});
