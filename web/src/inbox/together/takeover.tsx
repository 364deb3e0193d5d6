import type { Conversation } from "../../api/types";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { type Language, useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { holding } from "./holding";
import { namesOf } from "./names";
import { togetherWords } from "./words";

const en = {
  title: "Take this over?",
  several: (count: number, names: string) => `${count} of them are with colleagues: ${names}.`,
  more: "They see in the conversation that you took it. You can undo it.",
  leave: "Leave it",
};

const fr: typeof en = {
  title: "Reprendre cette conversation ?",
  several: (count, names) => `${count} d’entre elles sont chez des collègues : ${names}.`,
  more: "Vos collègues le voient dans la conversation. Vous pourrez annuler.",
  leave: "La laisser",
};

export const takeOverWords: Record<Language, typeof en> = { en, fr };

/** Asks before something is taken from a colleague. */
export default function TakeOver({
  theirs,
  onTake,
  onClose,
}: {
  /** Those that colleagues have; at least one. */
  theirs: readonly Conversation[];
  onTake: () => void;
  onClose: () => void;
}) {
  const { language, format } = useWords();
  const own = takeOverWords[language];
  const shared = togetherWords[language];
  const { agents } = useInbox();
  const [one, another] = theirs;
  const holders = [...new Set(theirs.flatMap(({ assignee_id: id }) => id ?? []))];
  const writers = useWatched(`typing:${one?.id}`, (it) => it.typists(one?.id ?? ""));
  const isWriting = !another && writers.split(" ").includes(one?.assignee_id ?? "nobody");
  const said =
    one && !another
      ? holding(
          { agent_id: one.assignee_id ?? null, since: one.routed?.at, by_agent_id: one.routed?.by_agent_id },
          shared,
          agents,
          (at) => format.short(at, new Date()),
        )
      : own.several(theirs.length, namesOf(holders, agents, language));
  return (
    <Dialog label={own.title} onClose={onClose} className="mt-[12vh]">
      <div data-take-over className="px-4 py-4">
        <h2 className="text-sm font-semibold">{own.title}</h2>
        <p className="mt-1 text-sm">
          {said}
          {isWriting && (
            <span className="text-warn italic">
              {" "}
              · {shared.writing(namesOf(holders, agents, language), 1)}
            </span>
          )}
        </p>
        <p className="mt-1 text-sm text-ink-faint">{own.more}</p>
        <div className="mt-4 flex flex-wrap gap-2">
          <Button
            autoFocus
            look="solid"
            size="normal"
            onClick={() => {
              onClose();
              onTake();
            }}
          >
            {shared.takeOver}
          </Button>
          <Button look="line" size="normal" onClick={onClose}>
            {own.leave}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
