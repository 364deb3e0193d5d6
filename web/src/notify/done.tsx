import { useEffect, useState } from "react";
import { useInbox, useWatched } from "../inbox/context";
import { userName } from "../inbox/people";
import { useHint } from "../keys/kept";
import type { Done } from "../sync/deeds";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { Kbd } from "../ui/kbd";
import type { Messages } from "../words/en";
import { useWords } from "../words/words";
import { useSaid } from "./say";

/** How long it is said what was done; `Z` works for longer. */
const SHOWN_MS = 8_000;

/** Says what was done last, how far it is, and takes it back; and what is said in passing. */
export function DoneBar({ open, onUndo }: { open: string | null; onUndo: () => void }) {
  const done = useWatched("deeds", (inbox) => inbox.lastDone());
  const left = useWatched("outbox", (inbox) => inbox.leftOfLast());
  const said = useSaid();
  // The last one that was said for long enough: one before it is not said again as this one goes.
  const [hidden, setHidden] = useState(0);
  const id = done?.id ?? null;
  // A held reply in the open conversation says so itself.
  const isSaid = done?.deed.kind === "reply" && done.deed.conversation === open;
  useEffect(() => {
    if (id === null || left > 0) return;
    const timer = setTimeout(() => setHidden((old) => Math.max(old, id)), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, left]);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-3 bottom-4 z-20 flex flex-col items-center gap-2 pair:right-auto pair:left-4 pair:max-w-[22.5rem] triple:left-[15.75rem]"
    >
      {said && (
        <p
          key={said.id}
          data-said
          className="pointer-events-auto max-w-full rounded-xl border border-line bg-raised px-3.5 py-2 text-sm shadow-float select-text [overflow-wrap:anywhere]"
        >
          {said.text}
        </p>
      )}
      {done && done.id > hidden && !isSaid && <Bar key={done.id} done={done} left={left} onUndo={onUndo} />}
    </div>
  );
}

function Bar({ done, left, onUndo }: { done: Done; left: number; onUndo: () => void }) {
  const { words } = useWords();
  const inbox = useInbox();
  const hint = useHint("undo");
  const { deed } = done;
  const first =
    deed.kind === "view" ? undefined : "intent" in deed ? deed.conversation : deed.changes[0]?.conversation;
  const conversation = first ? inbox.conversation(first) : undefined;
  const name = conversation ? userName(conversation, words.list.anonymous) : words.list.anonymous;
  const total = deed.kind === "decision" ? deed.changes.length : 1;
  return (
    <div
      data-done={deed.kind === "decision" ? deed.decision.kind : deed.kind}
      className="pointer-events-auto relative flex min-w-0 items-center gap-3 overflow-hidden rounded-xl border border-line bg-raised py-2 pr-2 pl-3.5 text-sm shadow-float"
    >
      <Icon name={deed.kind === "reply" ? "clock" : "check"} className="text-accent" />
      <span className="line-clamp-2 min-w-0">
        {nameOf(done, total, name, words, (agent) => inbox.agents.get(agent)?.name)}
        {total > 1 && left > 0 && (
          <span className="numeric text-ink-faint"> · {words.undo.progress(total - left, total)}</span>
        )}
      </span>
      <Button look="accent" onClick={onUndo} aria-keyshortcuts={hint}>
        {words.undo.undo}
        {hint && (
          <span aria-hidden="true">
            <Kbd>{hint}</Kbd>
          </span>
        )}
      </Button>
      {total > 1 && left > 0 && (
        <span
          className="absolute bottom-0 left-0 h-0.5 bg-accent transition-[width]"
          style={{ width: `${((total - left) / total) * 100}%` }}
        />
      )}
    </div>
  );
}

function nameOf(
  { deed }: Done,
  total: number,
  user: string,
  words: Messages,
  agentOf: (id: string) => string | undefined,
): string {
  switch (deed.kind) {
    case "reply":
      return words.undo.reply(user);
    case "delete":
      return words.undo.deleted(user);
    case "view":
      return deed.isGone ? words.undo.viewDeleted(deed.name) : words.undo.viewChanged(deed.name);
    case "decision": {
      const { decision } = deed;
      const what = total > 1 ? words.views.conversations(total) : user;
      if (decision.kind === "state") {
        if (total > 1)
          return decision.state === "closed" ? words.undo.closedMany(total) : words.undo.reopenedMany(total);
        return decision.state === "closed" ? words.undo.closed(user) : words.undo.reopened(user);
      }
      if (decision.kind === "assign") {
        const agent = decision.agent
          ? (agentOf(decision.agent) ?? words.triage.somebody)
          : words.triage.nobody;
        return total > 1 ? words.undo.assignedMany(total, agent) : words.undo.assigned(user, agent);
      }
      if (decision.kind === "snooze" && decision.to === null) return words.undo.woken(what);
      if (decision.kind === "merge" && decision.into === null) return words.undo.unmerged(what);
      return words.undo[decision.kind](what);
    }
  }
}
