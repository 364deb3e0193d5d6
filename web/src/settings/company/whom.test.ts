import { expect, test } from "vitest";
import { whomOf } from "./whom";

const OURS = "usr_01h2xcejqtf2nbrexx3vqjhp41";

test("an id of ours is told from one of the company's own system", () => {
  expect(whomOf("app_1", ` ${OURS} `)).toEqual({ text: OURS, by: { user: OURS } });
  for (const theirs of [
    "customer-1",
    "usr_1",
    OURS.toUpperCase(),
    `${OURS}1`,
    "usr_01h2xcejqtf2nbrexx3vqjhpu1",
  ]) {
    expect(whomOf("app_1", theirs)?.by).toEqual({ app: "app_1", external_id: theirs });
  }
});

test("nobody is meant while nothing is written", () => {
  expect(whomOf("app_1", "  ")).toBeNull();
  expect(whomOf("", "customer-1")).toBeNull();
});
