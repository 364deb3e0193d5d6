import { expect, test } from "vitest";
import { fitted, NEAREST, panned, WHOLE, zoomed } from "./zoom";

const stage = { width: 1000, height: 600 };
const drawn = fitted({ width: 4000, height: 3000 }, stage);

test("a picture is shown whole, and never larger than it is", () => {
  expect(drawn).toEqual({ width: 800, height: 600 });
  expect(fitted({ width: 40, height: 30 }, stage)).toEqual({ width: 40, height: 30 });
});

test("what is pointed at stays under the pointer", () => {
  const at = { x: 100, y: -50 };
  const near = zoomed(WHOLE, 2, at, drawn, stage);
  expect(near.scale).toBe(2);
  const pointOf = (look: typeof near) => [(at.x - look.x) / look.scale, (at.y - look.y) / look.scale];
  expect(pointOf(near)).toEqual(pointOf(WHOLE));
});

test("nothing goes nearer than the nearest or further than the whole, which stands in the middle", () => {
  expect(zoomed(WHOLE, 100, { x: 0, y: 0 }, drawn, stage).scale).toBe(NEAREST);
  const near = zoomed(WHOLE, 3, { x: 300, y: 200 }, drawn, stage);
  expect(zoomed(near, 0.01, { x: -100, y: 0 }, drawn, stage)).toEqual(WHOLE);
});

test("a picture is moved until its edge, and not beyond", () => {
  const near = zoomed(WHOLE, 2, { x: 0, y: 0 }, drawn, stage);
  expect(panned(near, 10_000, -10_000, drawn, stage)).toEqual({ scale: 2, x: 300, y: -300 });
  expect(panned(WHOLE, 50, 50, drawn, stage)).toEqual(WHOLE);
});
