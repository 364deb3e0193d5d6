import { expect, test } from "vitest";
import { idOf } from "./ids";

// The pair is one of the TypeID specification's own examples: 0188bac7-4afa-78aa-bc3b-bd1eef28d881.
const MS = 0x0188bac74afa;
const RANDOM = Uint8Array.of(0x78, 0xaa, 0xbc, 0x3b, 0xbd, 0x1e, 0xef, 0x28, 0xd8, 0x81);

test("the text form follows the TypeID specification", () => {
  expect(idOf("msg", MS, RANDOM)).toBe("msg_01h2xcejqtf2nbrexx3vqjhp41");
});

test("version and variant are set whatever the random bytes are", () => {
  expect(idOf("msg", MS, new Uint8Array(10).fill(255))).toBe(
    idOf("msg", MS, Uint8Array.of(0x7f, 255, 0xbf, 255, 255, 255, 255, 255, 255, 255)),
  );
});

test("ids made later sort later", () => {
  expect(idOf("note", 1, new Uint8Array(10).fill(255)) < idOf("note", 2, new Uint8Array(10))).toBe(true);
});
