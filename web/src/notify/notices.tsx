import type { Colleague } from "../api/types";
import { useInbox, useWatched } from "../inbox/context";
import { userName } from "../inbox/people";
import { holding } from "../inbox/together/holding";
import { togetherWords } from "../inbox/together/words";
import type { Intent } from "../sync/intent";
import type { Notice } from "../sync/world";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import type { Messages } from "../words/en";
import { useWords } from "../words/words";
import { leftOf } from "./left";

/** Cards at once: a refusal of many at once must not cover the page. */
const NOTICES = 3;

/** What the server refused after it had been shown as done. It stays until it is dismissed. */
export function Notices() {
  const notices = useWatched("notices", (inbox) => inbox.notices());
  return (
    <div
      role="alert"
      className="pointer-events-none fixed inset-x-3 bottom-3 z-20 flex flex-col items-center gap-2"
    >
      {notices.slice(-NOTICES).map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeCard({ notice }: { notice: Notice }) {
  const { words, language, format } = useWords();
  const inbox = useInbox();
  const { intent, problem } = notice;
  const conversation = inbox.conversation(intent.conversation);
  const user = conversation ? userName(conversation, words.list.anonymous) : words.list.anonymous;
  const own = togetherWords[language];
  const isTaken = intent.kind === "assign" && problem.code === "assignee_changed";
  const left = leftOf(intent);
  const isMine = intent.kind === "assign" && intent.agent === inbox.me.id;
  const { title, more } = isTaken
    ? {
        title: holding(problem.holder ?? {}, own, inbox.agents, (at) => format.short(at, new Date())),
        more: isMine
          ? own.notTaken(user)
          : own.notAssigned(user, inbox.agents.get(intent.agent ?? "")?.name ?? words.triage.nobody),
      }
    : said(intent, user, words, inbox.agents);
  return (
    <div className="pointer-events-auto flex max-w-md items-start gap-3 rounded-xl border border-danger-line bg-raised p-3.5 shadow-float">
      <Icon name="alert" className="mt-0.5 text-danger" />
      <div className="min-w-0">
        <p className="text-sm font-semibold">{title}</p>
        <p className="text-sm text-ink-faint">{more}</p>
        {left && <p className="text-sm text-ink-faint">{words.held.left[left]}</p>}
        {isTaken && (
          <Button
            look="line"
            className="mt-2"
            onClick={() => void inbox.assignAnyway(notice).catch(() => {})}
          >
            {isMine ? own.takeOver : own.anyway}
          </Button>
        )}
      </div>
      <Button size="icon" aria-label={words.triage.dismiss} onClick={() => inbox.dismiss(notice.id)}>
        <Icon name="close" />
      </Button>
    </div>
  );
}

/** What was refused, in words. */
function said(intent: Intent, user: string, words: Messages, agents: ReadonlyMap<string, Colleague>) {
  switch (intent.kind) {
    case "assign": {
      const agent = intent.agent
        ? (agents.get(intent.agent)?.name ?? words.triage.somebody)
        : words.triage.nobody;
      return { title: words.triage.assignRefused(agent), more: words.triage.assignRefusedMore };
    }
    case "edit":
    case "delete":
      return { title: words.thread.amendRefused(user), more: words.thread.amendRefusedMore };
    case "withdraw":
    case "release":
    case "retime":
    case "giveBack":
      return { title: words.held.heldRefused(user), more: words.held.heldRefusedMore };
    case "merge":
      return { title: words.triage.mergeRefused(user), more: words.triage.mergeRefusedMore };
    default:
      return { title: words.triage.stateRefused(user), more: words.triage.stateRefusedMore };
  }
}
