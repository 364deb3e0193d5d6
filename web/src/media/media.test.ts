import { expect, test } from "vitest";
import { kindOf, plainName } from "./names";
import { columnsOf, heightOf, type Picture, sizeOf } from "./sizes";
import { readThumbhash } from "./thumbhash";

const picture = (width: number, height: number) => ({ width, height }) as Picture;

test("a picture has its size before it is there, and is never larger than it is", () => {
  expect(sizeOf({ width: 4000, height: 3000 })).toEqual({ width: 340, height: 255 });
  expect(sizeOf({ width: 3000, height: 4000 })).toEqual({ width: 285, height: 380 });
  expect(sizeOf({ width: 120, height: 100 })).toEqual({ width: 120, height: 100 });
  // A panorama and a dot stay large enough to be hit.
  expect(sizeOf({ width: 9000, height: 300 })).toEqual({ width: 340, height: 88 });
  expect(sizeOf({ width: 1, height: 1 })).toEqual({ width: 88, height: 88 });
});

test("the height of a grid is that of its rows", () => {
  expect(heightOf([])).toBe(0);
  expect(heightOf([picture(4000, 3000)])).toBe(255);
  expect([2, 3, 4, 5, 10].map(columnsOf)).toEqual([2, 3, 2, 3, 3]);
  expect(heightOf([picture(1, 1), picture(1, 1)])).toBe(168);
  expect(heightOf(Array.from({ length: 4 }, () => picture(1, 1)))).toBe(340);
});

test("the kind of a file is told by its type", () => {
  expect(
    [
      "application/pdf",
      "application/zip",
      "image/heic",
      "text/plain",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      "application/octet-stream",
    ].map(kindOf),
  ).toEqual(["pdf", "archive", "image", "text", "sheet", "document", "other"]);
});

test("a name cannot hide what it ends with", () => {
  expect(plainName("invoice\u202efdp.exe")).toBe("invoicefdp.exe");
  expect(plainName("a\u0000b\nc\u2066d\u200b.txt")).toBe("abcd.txt");
  expect(plainName("Étude (1) ünïcode 写真.pdf")).toBe("Étude (1) ünïcode 写真.pdf");
  expect(plainName(null)).toBe("");
});

/** Made by the server's crate of an 8 x 4 picture, red at the left, blue at the right. */
const RED_TO_BLUE = "FfYC9KilmEB0iHiLeIB/ePh3hw==";

test("a placeholder has the colours of its picture where they are", () => {
  const pixels = readThumbhash(RED_TO_BLUE);
  if (!pixels) throw new Error("it is a ThumbHash");
  expect(pixels.rgba.length).toBe(pixels.width * pixels.height * 4);
  expect(pixels.width).toBeGreaterThan(pixels.height);
  const at = (x: number) => {
    const place = (Math.floor(pixels.height / 2) * pixels.width + x) * 4;
    return [...pixels.rgba.slice(place, place + 4)] as [number, number, number, number];
  };
  const left = at(1);
  const right = at(pixels.width - 2);
  expect(left[0]).toBeGreaterThan(left[2] + 80);
  expect(right[2]).toBeGreaterThan(right[0] + 80);
  expect(left[3]).toBe(255);
});

test("what is no placeholder makes none", () => {
  for (const text of ["", "AAAA", "not base 64!", "é"]) expect(readThumbhash(text)).toBeNull();
});
