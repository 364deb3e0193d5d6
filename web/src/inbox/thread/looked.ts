import { useEffect, useRef } from "react";
import { may } from "../../api/roles";
import type { Conversation } from "../../api/types";
import { mentionOf } from "../../sync/views";
import { useInbox } from "../context";

/** How long the newest message has to be on the screen of a focused tab to count as read. */
const READ_AFTER_MS = 1_000;
/** How long a message has to stand there before a reply counts as written in its knowledge. */
const SEEN_AFTER_MS = 500;

/** Runs something once a thing was on the screen of a focused tab for a while. */
function useLookedAt(isShown: boolean, key: string, afterMs: number, run: () => void) {
  const latest = useRef(run);
  latest.current = run;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another key is another thing to look at
  useEffect(() => {
    if (!isShown) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      const isSeen = document.visibilityState === "visible" && document.hasFocus();
      if (isSeen) timer = setTimeout(() => latest.current(), afterMs);
    };
    look();
    window.addEventListener("focus", look);
    window.addEventListener("blur", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("focus", look);
      window.removeEventListener("blur", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [isShown, key]);
}

/**
 * Tells which message the agent has before their eyes: what comes while they press "send" is not among it yet, and what
 * comes while they look at something else is not either.
 */
export function useSeen(id: string, lastSeq: number, isEndShown: boolean) {
  const inbox = useInbox();
  const hasOpened = useRef(false);
  // Heights that become known move a thread that opens off its end for a frame: it still opens then.
  const afterMs = hasOpened.current ? SEEN_AFTER_MS : 0;
  useLookedAt(isEndShown && lastSeq > 0, `${id} ${lastSeq}`, afterMs, () => {
    hasOpened.current = true;
    inbox.saw(id, lastSeq);
  });
}

/** Marks what is shown read, up to the message `shown`, if that is this agent's to say. */
export function useRead(conversation: Conversation, shown: number, isEndShown: boolean) {
  const inbox = useInbox();
  const { id, last_seq, unread } = conversation;
  // The header may know of more than could be fetched.
  const seen = Math.min(last_seq, shown);
  const isUnread = unread > 0 && may(inbox.me.role, "mark_read");
  useLookedAt(
    isEndShown && isUnread && seen > 0,
    `${id} ${seen}`,
    READ_AFTER_MS,
    () => void inbox.markRead(id, seen),
  );
}

/** Says that the agent has seen the note that mentions them: whoever opens the conversation has been told. */
export function useMentionRead(conversation: Conversation, isShown: boolean) {
  const inbox = useInbox();
  const mention = mentionOf(conversation, inbox.me.id);
  const isUnread = mention?.unread ?? false;
  useLookedAt(
    isShown && isUnread,
    mention?.note_id ?? "",
    READ_AFTER_MS,
    () => void inbox.readMention(conversation.id),
  );
}
