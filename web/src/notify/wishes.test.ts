import { beforeEach, expect, test, vi } from "vitest";
import type { AgentNotifications } from "../api/types";

const NONE = { sound: false, desktop: false, push: false, mail: false };
const AT_FIRST: AgentNotifications = {
  assigned: NONE,
  unassigned: NONE,
  mentioned: NONE,
  quiet_hours: null,
  language: "en",
};

/** Requests that the test answers when it wants. */
const asked: { body: AgentNotifications; answer: (outcome: object) => void }[] = [];

vi.mock("../api/client", () => ({
  api: {
    notifications: async () => ({ kind: "done", value: AT_FIRST }),
    setNotifications: (body: AgentNotifications) =>
      new Promise((answer) => asked.push({ body, answer: answer as (outcome: object) => void })),
  },
}));

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal(
    "BroadcastChannel",
    class {
      postMessage() {}
    },
  );
  asked.length = 0;
});

const turn = () => new Promise((resolve) => setTimeout(resolve));
const of = (kind: "assigned" | "unassigned", means: keyof typeof NONE) => (wishes: AgentNotifications) => ({
  ...wishes,
  [kind]: { ...wishes[kind], [means]: true },
});

test("wishes are sent one after the other, shown at once, and one that is refused takes no other back", async () => {
  const { changeWishes, loadWishes, wishesNow } = await import("./wishes");
  await loadWishes();
  void changeWishes(of("unassigned", "push"));
  void changeWishes(of("assigned", "mail"));
  void changeWishes(of("assigned", "sound"));
  expect(wishesNow()).toMatchObject({ unassigned: { push: true }, assigned: { mail: true, sound: true } });
  await turn();
  expect(asked.map(({ body }) => body.assigned.mail)).toEqual([false]);
  asked[0]?.answer({ kind: "done" });
  await turn();
  asked[1]?.answer({ kind: "refused", problem: { code: "no_mail_server" } });
  await turn();
  expect(wishesNow()).toMatchObject({ unassigned: { push: true }, assigned: { mail: false, sound: true } });
  expect(asked[2]?.body).toMatchObject({
    unassigned: { push: true },
    assigned: { mail: false, sound: true },
  });
  asked[2]?.answer({ kind: "done" });
  await turn();
  expect(wishesNow()).toEqual(asked[2]?.body);
});

test("what the server did not keep is not shown as kept", async () => {
  const { changeWishes, loadWishes, wishesNow } = await import("./wishes");
  await loadWishes();
  void changeWishes(of("assigned", "sound"));
  await turn();
  asked[0]?.answer({ kind: "lost" });
  await turn();
  expect(wishesNow()).toEqual(AT_FIRST);
});
