import { expect, test } from "vitest";
import { namesOf } from "./agentname";
import { isCode } from "./prove";

test("browsers are told by the names that people know, whatever they pretend to be", () => {
  const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
  for (const [agent, browser, system] of [
    [`${mac} Version/17.5 Safari/605.1.15`, "Safari", "macOS"],
    [`${mac} Chrome/128.0.0.0 Safari/537.36`, "Chrome", "macOS"],
    [`${mac} Chrome/128.0.0.0 Safari/537.36 Edg/128.0.0.0`, "Edge", "macOS"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox", "Linux"],
    [
      "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36",
      "Chrome",
      "Android",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1",
      "Safari",
      "iOS",
    ],
  ] as const) {
    expect(namesOf(agent)).toEqual({ browser, system });
  }
  expect(namesOf("curl/8")).toBeNull();
  expect(namesOf(undefined)).toBeNull();
});

test("a code is told apart from a password by its form", () => {
  expect(["123456", "123 456", "k3mq-7x2f-p9ra-ct4d", "K3MQ 7X2F P9RA CT4D"].every(isCode)).toBe(true);
  expect(
    ["12345", "correct horse battery", "k3mq7x2fp9ract4d", "abcd-efgh", "uuuu-uuuu-uuuu-uuuu"].some(isCode),
  ).toBe(false);
});
