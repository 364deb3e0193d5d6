import { api } from "../../api/client";
import type { Conversation, Expected } from "../../api/types";
import { Answers, PASSING_MS, useAnswer } from "../answer";

/** Five minutes: the server reckons anew as often. */
const expected = new Answers<Expected>(5 * 60_000, 200);

/** Who waits since when: what is due changes with it. */
const keyOf = ({ id, state, waiting_since }: Conversation) => `${id} ${state} ${waiting_since ?? ""}`;

const ask = (key: string) => api.expected(key.slice(0, key.indexOf(" ")));

/** When an answer is due, and what the user is told of it; undefined until the server has said it, and while it does not. */
export function useExpected(conversation: Conversation, isWanted: boolean): Expected | undefined {
  return useAnswer(expected, isWanted ? keyOf(conversation) : null, ask, PASSING_MS).answer;
}
