import { api, type Outcome } from "../api/client";
import type { TeamTag } from "../api/types";
import { Answers, type Asked, useAnswer } from "./answer";

const known = new Answers<readonly TeamTag[]>(0, 1, "tags");

async function ask(): Promise<Outcome<readonly TeamTag[]>> {
  const outcome = await api.tags();
  return outcome.kind === "done" ? { kind: "done", value: outcome.value.tags } : outcome;
}

/** The tags of the agent's teams: at once as they were last, and asked for anew whenever something begins to show them. */
export const useTags = (areShown = true): Asked<readonly TeamTag[]> =>
  useAnswer(known, areShown ? "all" : null, ask, 0);
