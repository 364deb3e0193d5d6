import { expect, test } from "vitest";
import { HOME, pathOf, placeOf } from "./paths";

const ID = "cnv_01h2xcejqtf2nbrexx3vqjhp41";

test("an address and its place are the same thing", () => {
  for (const place of [
    HOME,
    { view: "all", conversation: ID, message: null },
    { view: "all", conversation: ID, message: 4711 },
    { view: "closed", conversation: null, message: null },
    { view: "drafts", conversation: ID, message: null },
  ] as const) {
    expect(placeOf(pathOf(place))).toEqual(place);
  }
});

test("an address that means nothing is home or the view alone", () => {
  expect(placeOf("/nowhere/else")).toEqual(HOME);
  expect(placeOf("/all/<script>")).toEqual({ view: "all", conversation: null, message: null });
  for (const message of ["0", "-1", "1e3", "<b>", "12345678901"])
    expect(placeOf(`/all/${ID}/${message}`)).toEqual({ view: "all", conversation: ID, message: null });
});
