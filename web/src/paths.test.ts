import { expect, test } from "vitest";
import { HOME, pathOf, placeOf } from "./paths";

const ID = "cnv_01h2xcejqtf2nbrexx3vqjhp41";

test("an address and its place are the same thing", () => {
  for (const place of [
    HOME,
    { view: "all", conversation: ID },
    { view: "closed", conversation: null },
  ] as const) {
    expect(placeOf(pathOf(place))).toEqual(place);
  }
});

test("an address that means nothing is home or the view alone", () => {
  expect(placeOf("/nowhere/else")).toEqual(HOME);
  expect(placeOf("/all/<script>")).toEqual({ view: "all", conversation: null });
});
