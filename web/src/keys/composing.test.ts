import { expect, test } from "vitest";
import { isComposing } from "./composing";

test("a key of an input method is not ours, also where the browser says the writing is over", () => {
  expect(isComposing({ isComposing: true, keyCode: 27 })).toBe(true);
  expect(isComposing({ isComposing: false, keyCode: 229 })).toBe(true);
  expect(isComposing({ isComposing: false, keyCode: 27 })).toBe(false);
});
