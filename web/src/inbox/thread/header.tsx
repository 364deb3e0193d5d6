import { may } from "../../api/roles";
import type { Conversation } from "../../api/types";
import { useHint } from "../../keys/kept";
import { mergedInto } from "../../sync/decisions";
import { Avatar } from "../../ui/avatar";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { ToldLine, TurnLine } from "../due/due";
import { copyLink } from "../link";
import { userName } from "../people";
import { LookingToo } from "../together/looking";
import { SortButtons } from "../triage/buttons";
import type { Triage } from "../triage/kinds";
import { Sorted } from "../triage/sorted";

/** Whose conversation this is, who answers it, and what can be decided about it. */
export function ThreadHeader({
  conversation,
  onBack,
  onPerson,
  onTriage,
  onTake,
  onToggle,
}: {
  conversation: Conversation;
  onBack: () => void;
  /** Shows who writes. */
  onPerson: () => void;
  onTriage: (what: Triage) => void;
  onTake: () => void;
  /** Closes an open conversation, reopens a closed one, has a merged one back. */
  onToggle: () => void;
}) {
  const { words } = useWords();
  const inbox = useInbox();
  const hints = {
    take: useHint("take"),
    assign: useHint("assign"),
    close: useHint("close"),
    person: useHint("person"),
    copyLink: useHint("copyLink"),
  };
  const isMerged = mergedInto(conversation) !== null;
  const { user, state, title, assignee_id } = conversation;
  const name = userName(conversation, words.list.anonymous);
  const known = useWatched("people", (it) => (assignee_id ? it.agents.get(assignee_id) : undefined));
  // Whoever came after this page was opened is somebody, and never nobody.
  const assignee = assignee_id ? { id: assignee_id, name: known?.name ?? words.triage.somebody } : undefined;
  const isAway = useWatched("away", (it) => Boolean(assignee_id && it.away.has(assignee_id)));
  const details = [
    title,
    user.email !== name ? user.email : null,
    user.external_id !== name ? user.external_id : null,
  ];
  const trust = user.verified ? words.thread.verified : words.thread.unverified;
  return (
    <header className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-3 py-2.5 pair:px-5">
      <span className="pair:hidden">
        <Button size="icon" aria-label={words.thread.back} onClick={onBack}>
          <Icon name="back" size="large" />
        </Button>
      </span>
      <span className="hidden sm:contents">
        <Avatar id={user.id} name={name} />
      </span>
      <div className="min-w-[70%] flex-1 sm:min-w-40">
        <div className="flex items-center gap-3">
          <h2 className="flex min-w-0 items-center gap-1.5 text-base leading-tight font-semibold">
            <button
              type="button"
              title={words.keys.actions.person}
              aria-keyshortcuts={hints.person}
              onClick={onPerson}
              className="min-w-0 truncate rounded-sm hover:underline"
            >
              <bdi>{name}</bdi>
            </button>
            <span title={trust} className={user.verified ? "text-accent" : "text-ink-faint"}>
              <Icon name={user.verified ? "shield" : "person"} />
              <span className="sr-only">{trust}</span>
            </span>
          </h2>
          <LookingToo conversation={conversation.id} />
        </div>
        <div className="flex flex-wrap gap-x-2.5 text-sm text-ink-faint sm:flex-nowrap">
          <p className="min-w-0 truncate empty:hidden">
            {[...new Set(details)]
              .filter((detail): detail is string => Boolean(detail))
              .map((detail, place) => (
                <span key={detail}>
                  {place > 0 && " · "}
                  <bdi>{detail}</bdi>
                </span>
              ))}
          </p>
          <TurnLine conversation={conversation} />
        </div>
        <ToldLine conversation={conversation} />
        <Sorted conversation={conversation} />
      </div>
      <div className="flex flex-wrap items-center gap-2">
        {!assignee && may(inbox.me.role, "assign") && (
          <span className="hidden sm:contents">
            <Button look="accent" onClick={onTake} aria-keyshortcuts={hints.take}>
              {words.triage.take}
            </Button>
          </span>
        )}
        <Button
          look="line"
          onClick={() => onTriage("assign")}
          disabled={!may(inbox.me.role, "assign")}
          title={may(inbox.me.role, "assign") ? undefined : words.roles.reads}
          aria-keyshortcuts={hints.assign}
          className="max-w-44"
        >
          {assignee ? (
            <Avatar id={assignee.id} name={assignee.name} size="small" />
          ) : (
            <Icon name="personAdd" className="text-ink-faint" />
          )}
          <span className="sr-only">
            {assignee ? words.triage.assignTo(assignee.name) : words.triage.assign}
          </span>
          <bdi aria-hidden="true" className="hidden truncate sm:inline">
            {assignee?.name ?? words.triage.assign}
          </bdi>
          {isAway && (
            <span data-assignee-away className="text-xs text-warn">
              {words.triage.away}
            </span>
          )}
        </Button>
        <Button
          look="line"
          disabled={!may(inbox.me.role, "answer")}
          title={may(inbox.me.role, "answer") ? undefined : words.roles.learns}
          onClick={onToggle}
          aria-keyshortcuts={hints.close}
        >
          <Icon name={isMerged ? "undo" : state === "open" ? "check" : "inbox"} className="text-ink-faint" />
          {isMerged ? words.triage.unmerge : state === "open" ? words.triage.close : words.triage.reopen}
        </Button>
        {may(inbox.me.role, "answer") && !isMerged && (
          <SortButtons isOpen={state === "open"} onTriage={onTriage} />
        )}
        <span className="hidden pair:contents">
          <Button
            size="icon"
            aria-label={words.link.copy}
            title={words.link.copy}
            aria-keyshortcuts={hints.copyLink}
            onClick={() => void copyLink(conversation.id, null, words.link)}
          >
            <Icon name="link" />
          </Button>
        </span>
      </div>
    </header>
  );
}
