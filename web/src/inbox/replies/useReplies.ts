import { useCallback, useRef } from "react";
import { api, type Outcome } from "../../api/client";
import type { SavedReply, Team } from "../../api/types";
import { Answers, type Asked, useAnswer } from "../answer";
import { useInbox } from "../context";

interface Known {
  replies: readonly SavedReply[];
  teams: readonly Team[];
}

const kept = new Answers<Known>(0, 1, "saved-replies");
/** The language of a conversation's user; null: nobody knows it. */
const languages = new Answers<string | null>(0, 50);
/** A reply that is chosen before the language is known waits no longer for it. */
const SURE_MS = 700;

export interface Replies extends Pick<Asked<Known>, "isLost" | "again"> {
  known: Known | undefined;
  /** The language of the user who would read them, as far as it is known. */
  users: string | null;
  /** The same once the server has answered, if it does so soon. */
  whenSure: () => Promise<string | null>;
}

/** The saved replies: at once as they were last, and asked for anew whenever they are shown. */
export function useReplies(conversation: string | undefined): Replies {
  const inbox = useInbox();
  const asked = useRef<Promise<unknown>>(undefined);
  const ask = useCallback((): Promise<Outcome<Known>> => {
    const both = async (): Promise<Outcome<Known>> => {
      const [list, start] = await Promise.all([api.savedReplies(conversation), api.bootstrap(1)]);
      if (list.kind !== "done") return list;
      if (start.kind !== "done") return start;
      const { replies, language } = list.value;
      if (conversation) languages.keep(inbox, conversation, language ?? null);
      return { kind: "done", value: { replies, teams: start.value.teams } };
    };
    const answer = both();
    asked.current = answer;
    return answer;
  }, [inbox, conversation]);
  const { answer: known, isLost, again } = useAnswer(kept, "all", ask, 0);
  const language = useCallback(
    () => (conversation ? (languages.last(inbox, conversation) ?? null) : null),
    [inbox, conversation],
  );
  const whenSure = useCallback(async () => {
    if (conversation && languages.last(inbox, conversation) === undefined)
      await Promise.race([asked.current, new Promise((over) => setTimeout(over, SURE_MS))]);
    return language();
  }, [inbox, conversation, language]);
  return { known, isLost, again, users: language(), whenSure };
}
