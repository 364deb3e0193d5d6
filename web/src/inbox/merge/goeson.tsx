import { useLocation } from "wouter";
import { may } from "../../api/roles";
import type { Conversation } from "../../api/types";
import { pathOf } from "../../paths";
import { mergedInto } from "../../sync/decisions";
import { Button } from "../../ui/button";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { mergeWords } from "./words";

/** Stands in the place of the composer of a conversation that is merged: where it goes on, and the way out. */
export default function GoesOn({ conversation }: { conversation: Conversation }) {
  const { words, language } = useWords();
  const own = mergeWords[language];
  const inbox = useInbox();
  const [, navigate] = useLocation();
  const into = mergedInto(conversation);
  if (into === null) return null;
  const undo = () => void inbox.decide([conversation.id], { kind: "merge", into: null }).catch(() => {});
  return (
    <div data-goes-on className="flex flex-wrap items-center gap-3 border-t border-line px-5 py-4">
      <p className="min-w-56 flex-1 text-sm [overflow-wrap:anywhere]">
        <bdi className="font-medium">{own.goesOn(conversation.merged_into?.title ?? own.untitled)}</bdi>{" "}
        <span className="text-ink-faint">{own.goesOnMore}</span>
      </p>
      <Button
        look="accent"
        onClick={() => navigate(pathOf({ view: "all", conversation: into, message: null }))}
      >
        {own.open}
      </Button>
      {may(inbox.me.role, "answer") && (
        <Button look="line" onClick={undo}>
          {words.triage.unmerge}
        </Button>
      )}
    </div>
  );
}
