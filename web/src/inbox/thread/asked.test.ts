import { expect, test } from "vitest";
import type { Message, Part } from "../../api/types";
import { ME, message, timeAt } from "../../sync/sample";
import { answerTo } from "./asked";

const request = (what: "place" | "photo"): Message =>
  message("a", 3, {
    author: { kind: "agent", id: ME, name: "Ana" },
    parts: [
      { type: "text", text: "For the driver" },
      { type: "request", for: what },
    ],
  });
const place: Part = { type: "location", latitude: 46.9, longitude: 7.4 };
const photo: Part = {
  type: "attachment",
  attachment_id: "f",
  media_type: "image/jpeg",
  bytes: 1,
  width: 4,
  height: 3,
};
const asked = request("place");
const theirs = (seq: number, parts: Part[], more: Partial<Message> = {}) =>
  message("a", seq, { author: { kind: "user", id: "u" }, parts, ...more });
const declined = (seq: number, of = asked.id) =>
  theirs(seq, [{ type: "choice", message_id: of, option_id: "declined", label: "Plutôt pas" }]);

const answer = (...after: Message[]) => answerTo([asked, ...after], asked, "place")?.seq;

test("a request waits until its user sends what was asked for, or would rather not", () => {
  expect(answer()).toBeUndefined();
  // Words about it, a place for something else, somebody else's refusal: it still waits.
  expect(answer(theirs(4, [{ type: "text", text: "why?" }], { quote: asked.id }))).toBeUndefined();
  expect(answer(theirs(4, [place]))).toBeUndefined();
  expect(answer(theirs(4, [place], { quote: "another" }), declined(5, "another"))).toBeUndefined();
  expect(answer(theirs(4, [photo], { quote: asked.id }))).toBeUndefined();
  expect(answer(theirs(4, [place], { quote: asked.id }), declined(5))).toBe(4);
  expect(answer(declined(4), theirs(5, [place], { quote: asked.id }))).toBe(4);
});

test("a place that moves is a place, a photo is a picture, and what was deleted is no answer", () => {
  const live: Part = { type: "live_location", for_s: 900, ended: false };
  expect(answer(theirs(4, [live], { quote: asked.id }))).toBe(4);
  const gone = theirs(4, [], { quote: asked.id, deleted_at: timeAt(9) });
  expect(answer(gone, declined(5))).toBe(5);
  const wanted = request("photo");
  const letter: Part = { type: "attachment", attachment_id: "g", media_type: "application/pdf", bytes: 1 };
  const sent = [theirs(4, [letter], { quote: wanted.id }), theirs(5, [photo], { quote: wanted.id })];
  expect(answerTo([wanted, ...sent], wanted, "photo")?.seq).toBe(5);
});
