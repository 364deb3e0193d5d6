import { memo } from "react";
import type { Conversation } from "../../api/types";
import { mentionOf } from "../../sync/views";
import { Avatar } from "../../ui/avatar";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useMinute } from "../clock";
import { useInbox, useWatched } from "../context";
import { useRowDue } from "../due/rowdue";
import { userName } from "../people";
import { LookingMark } from "../together/looking";
import { namesOf } from "../together/names";
import { togetherWords } from "../together/words";
import { useWriters } from "../together/writing";
import { isSortedOut, Sorted } from "../triage/sorted";
import { previewOf } from "./preview";

const HOUR = 3_600_000;

/**
 * By when an answer is due, or how long the user has waited when it is late or not known; more strongly the later it is: by how soon
 * the team usually answers in its hours, and by the hours of a clock while too little is known of that.
 */
function Waiting({ id, since }: { id: string; since: string }) {
  const { words, format } = useWords();
  const [now, dueAt] = [useMinute(), useRowDue(id, since)];
  const due = dueAt ? Date.parse(dueAt) : null;
  const waited = Math.max(0, now - Date.parse(since));
  const duration = format.duration(waited);
  const isLate = due !== null && due < now;
  // As late as it was to take: twice the usual.
  const isVery = due === null ? waited > 8 * HOUR : now - due > Math.max(due - Date.parse(since), HOUR / 4);
  const look = isVery
    ? "text-danger"
    : isLate || (due === null && waited > HOUR)
      ? "text-warn"
      : "text-ink-faint";
  return (
    <span
      data-due={due === null ? undefined : isLate ? "late" : "soon"}
      title={due !== null && !isLate ? words.list.waiting(duration) : undefined}
      className={`inline-flex shrink-0 items-center gap-1 whitespace-nowrap ${look}`}
    >
      <Icon name="clock" size="tiny" />
      {isLate
        ? words.list.late(duration)
        : due === null
          ? words.list.waiting(duration)
          : words.list.due(format.when(new Date(due), new Date(now)))}
    </span>
  );
}

function Preview({ conversation }: { conversation: Conversation }) {
  const { words, language } = useWords();
  const inbox = useInbox();
  const { isUser, colleagues } = useWriters(conversation.id);
  const message = conversation.last_message;
  if (isUser) return <span className="text-accent italic">{words.list.isWriting}</span>;
  if (colleagues.length > 0) {
    const names = namesOf(colleagues, inbox.agents, language);
    return (
      <span className="text-warn italic">{togetherWords[language].writes(names, colleagues.length)}</span>
    );
  }
  if (inbox.hasDraft(conversation.id)) {
    const files = inbox.files(conversation.id).length;
    const text = inbox.drafts.text(conversation.id, "reply") || inbox.drafts.text(conversation.id, "note");
    return (
      <>
        <span className="font-medium text-warn">{words.list.draft}: </span>
        {text.slice(0, 200) || words.attach.files(files)}
      </>
    );
  }
  const author = message?.author;
  const by = author?.kind === "agent" ? (author.id === inbox.me.id ? words.list.you : author.name) : null;
  return (
    <>
      {by && <span className="text-ink-faint">{by}: </span>}
      <bdi>{previewOf(message, words)}</bdi>
    </>
  );
}

/** What else there is to know at a glance; nothing of it, no line. */
function Facts({
  conversation,
  isHeld,
  isMentioned,
  assignee,
}: {
  conversation: Conversation;
  isHeld: boolean;
  /** Whether a note mentions this agent that they have not seen. */
  isMentioned: boolean;
  /** `short`: as colleagues call them. */
  assignee: { id: string; name: string; short: string } | undefined;
}) {
  const { words, format } = useWords();
  const { waiting_since, state, title, held } = conversation;
  const isWaiting = waiting_since && state === "open";
  const isSorted = isSortedOut(conversation);
  const waitsAt = held?.find((reply) => reply.waits_for === "time")?.send_at;
  if (!waitsAt && !isHeld && !isMentioned && !isWaiting && !title && !assignee && !isSorted) return null;
  return (
    <div className="mt-1 flex h-5 items-center gap-2.5 overflow-hidden text-xs text-ink-faint">
      {isHeld && (
        <span className="inline-flex shrink-0 items-center gap-1 font-medium whitespace-nowrap text-danger">
          <Icon name="alert" size="tiny" />
          {words.list.notSent}
        </span>
      )}
      {isMentioned && (
        <span className="inline-flex shrink-0 items-center gap-1 font-medium whitespace-nowrap text-accent">
          <Icon name="at" size="tiny" />
          {words.list.mentioned}
        </span>
      )}
      {waitsAt && (
        <span className="inline-flex shrink-0 items-center gap-1 whitespace-nowrap">
          <Icon name="send" size="tiny" />
          <span className="sr-only">{words.composer.later}: </span>
          <span className="numeric">{format.short(new Date(waitsAt), new Date())}</span>
        </span>
      )}
      {isSorted && <Sorted conversation={conversation} isShort />}
      {isWaiting && <Waiting id={conversation.id} since={waiting_since} />}
      {title && <bdi className="min-w-0 flex-1 truncate">{title}</bdi>}
      {assignee && (
        <span className="ml-auto inline-flex min-w-0 shrink-0 items-center gap-1.5">
          <span className="sr-only">{words.list.assignedTo(assignee.name)}</span>
          <span aria-hidden="true">{assignee.short}</span>
          <Avatar id={assignee.id} name={assignee.name} size="small" />
        </span>
      )}
    </div>
  );
}

/** One conversation of the list. */
export const Row = memo(function Row({
  id,
  isSelected,
  isMine,
  isPicked,
  isPicking,
}: {
  id: string;
  isSelected: boolean;
  /** Whether the list says already that the agent has taken it on. */
  isMine: boolean;
  isPicked: boolean;
  /** Whether anything of the list is picked: then every row offers it. */
  isPicking: boolean;
}) {
  const { words, format } = useWords();
  const inbox = useInbox();
  const conversation = useWatched(`conversation:${id}`, (it) => it.conversation(id));
  const now = useMinute();
  const assigneeId = isMine ? null : conversation?.assignee_id;
  const known = useWatched("people", (it) => (assigneeId ? it.agents.get(assigneeId) : undefined));
  if (!conversation) return null;
  const name = userName(conversation, words.list.anonymous);
  // Whoever came after this page was opened is somebody, and never nobody.
  const assigneeName = known?.name ?? words.triage.somebody;
  const short = known?.name.split(/\s/u)[0] ?? assigneeName;
  const assignee = assigneeId ? { id: assigneeId, name: assigneeName, short } : undefined;
  const isHeld =
    inbox.intents(id).some((intent) => intent.held) ||
    conversation.held?.some((reply) => reply.waits_for === "author" && reply.agent_id === inbox.me.id) ||
    false;
  const at = new Date(conversation.active_at);
  return (
    <div
      className={`relative flex gap-3 rounded-xl px-3 py-2.5 ${isPicked && !isSelected ? "bg-hover" : ""} ${isSelected ? "bg-accent-soft outline-2 -outline-offset-2 outline-transparent group-focus-visible:outline-accent" : "hover:bg-hover"}`}
    >
      {isSelected && <span className="absolute inset-y-2.5 left-0 w-[3px] rounded-full bg-accent" />}
      {/* For the mouse; the keyboard has X, and the row itself says whether it is picked. */}
      <span data-pick aria-hidden="true" className="group/pick relative size-9 shrink-0 rounded-full">
        <span className={isPicking ? "invisible" : "group-hover/pick:invisible"}>
          <Avatar id={conversation.user.id} name={name} />
        </span>
        <span
          className={`absolute inset-1.5 items-center justify-center rounded-md border ${isPicking ? "flex" : "hidden group-hover/pick:flex"} ${isPicked ? "border-accent bg-accent text-on-accent" : "border-line-strong bg-surface text-transparent"}`}
        >
          <Icon name="check" size="small" />
        </span>
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-2">
          <span
            className={`min-w-0 flex-1 truncate text-sm ${conversation.unread > 0 ? "font-semibold" : "font-medium"}`}
          >
            <bdi>{name}</bdi>
          </span>
          <LookingMark conversation={id} />
          <time dateTime={conversation.active_at} className="numeric shrink-0 text-xs text-ink-faint">
            {format.short(at, new Date(now))}
          </time>
        </div>
        <div className="mt-px flex items-center gap-2">
          <p
            className={`min-w-0 flex-1 truncate text-sm ${conversation.unread > 0 ? "text-ink" : "text-ink-soft"}`}
          >
            <Preview conversation={conversation} />
          </p>
          {conversation.unread > 0 && (
            <span className="numeric inline-flex h-4.5 min-w-4.5 shrink-0 items-center justify-center rounded-full bg-accent px-1.5 text-[0.6875rem] font-semibold text-on-accent">
              <span aria-hidden="true">{conversation.unread > 99 ? "99+" : conversation.unread}</span>
              <span className="sr-only">{words.list.unread(conversation.unread)}</span>
            </span>
          )}
        </div>
        <Facts
          conversation={conversation}
          isHeld={isHeld}
          isMentioned={mentionOf(conversation, inbox.me.id)?.unread ?? false}
          assignee={assignee}
        />
      </div>
    </div>
  );
});
