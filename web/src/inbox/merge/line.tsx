import { useState } from "react";
import { useLocation } from "wouter";
import { may } from "../../api/roles";
import { pathOf } from "../../paths";
import { mergedInto } from "../../sync/decisions";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import type { MergeMark } from "../thread/lines";
import { Inside } from "./inside";
import { mergeWords } from "./words";

/** Says in a thread that another was merged into it, or it into another; what was said in the other unfolds here. */
export default function MergeLine({
  conversation: id,
  mark,
  user,
}: {
  conversation: string;
  mark: MergeMark;
  user: string;
  onClose: () => void;
}) {
  const { words, language, format } = useWords();
  const own = mergeWords[language];
  const inbox = useInbox();
  const [, navigate] = useLocation();
  const [isUnfolded, setUnfolded] = useState(false);
  const header = useWatched(`conversation:${id}`, (it) => it.conversation(id));
  const { what, other } = mark;
  const came = header?.merged?.find((thread) => thread.conversation_id === other);
  const told = what === "came" || what === "went" ? came : header?.merged_into;
  if (!header || !told) return null;
  const title = told.title ?? own.untitled;
  const agent = inbox.agents.get(told.agent_id)?.name;
  const isNow = !told.parted;
  const details = [
    what === "came" && came && own.messages(came.messages),
    (what === "came" || what === "into") && agent && own.by(agent),
    format.short(
      new Date((what === "went" || what === "back") && told.parted ? told.parted.at : told.at),
      new Date(),
    ),
  ];
  // Undone is what was merged: here the other one, there this one.
  const merged = what === "came" ? other : id;
  const isMerged = what === "came" ? isNow : mergedInto(header) !== null;
  const hasUndo = (what === "came" || what === "into") && isMerged && may(inbox.me.role, "answer");
  return (
    <div data-merge={what} className="py-3 text-xs text-ink-faint">
      <div className="flex flex-wrap items-center justify-center gap-x-2 gap-y-1">
        <Icon name={what === "came" || what === "into" ? "merge" : "undo"} size="small" />
        <p className="max-w-full text-center [overflow-wrap:anywhere]">
          <bdi>{own[what](title)}</bdi> · {details.filter(Boolean).join(" · ")}
        </p>
        {what === "came" && isNow && came && came.messages > 0 && (
          <Button aria-expanded={isUnfolded} onClick={() => setUnfolded(!isUnfolded)}>
            {isUnfolded ? own.hide : own.show}
          </Button>
        )}
        <Button
          onClick={() => navigate(pathOf({ view: "all", conversation: other, message: null }))}
          aria-label={`${own.open}: ${title}`}
        >
          {own.open}
        </Button>
        {hasUndo && (
          <Button onClick={() => void inbox.decide([merged], { kind: "merge", into: null }).catch(() => {})}>
            {words.triage.unmerge}
          </Button>
        )}
      </div>
      {isUnfolded && isNow && <Inside conversation={other} title={title} user={user} />}
    </div>
  );
}
