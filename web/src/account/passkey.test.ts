import { afterEach, expect, test, vi } from "vitest";
import { askPasskey, makePasskey, toBytes, toText } from "./passkey";

const CHALLENGE = { challenge: "AAEC", rp_id: "localhost", allowed: [] };
const NEW = {
  challenge: "AAEC",
  rp_id: "localhost",
  rp_name: "Acme",
  user_handle: "AAEC",
  user_name: "ana@example.com",
  display_name: "Ana",
  algorithms: [-7],
  existing: [],
};

const fails = (name: string) => {
  const reject = () => Promise.reject(new DOMException("", name));
  vi.stubGlobal("navigator", { credentials: { get: reject, create: reject } });
};

afterEach(() => vi.unstubAllGlobals());

test("bytes come back from text, whatever they are", () => {
  const all = Uint8Array.from({ length: 256 }, (_, place) => place);
  expect(toBytes(toText(all.buffer))).toEqual(all);
  expect(toText(Uint8Array.from([251, 255]).buffer)).toBe("-_8");
});

test("what a browser refuses is told apart", async () => {
  fails("NotAllowedError");
  expect(await askPasskey(CHALLENGE)).toEqual({ kind: "given_up" });
  fails("AbortError");
  expect(await askPasskey(CHALLENGE)).toEqual({ kind: "given_up" });
  fails("InvalidStateError");
  expect(await makePasskey(NEW)).toEqual({ kind: "known" });
  fails("SecurityError");
  expect(await makePasskey(NEW)).toEqual({ kind: "failed" });
});
