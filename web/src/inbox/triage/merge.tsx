import { useEffect, useState } from "react";
import { api } from "../../api/client";
import type { Conversation } from "../../api/types";
import { mergedInto } from "../../sync/decisions";
import { fold } from "../../words/fold";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { previewOf } from "../list/preview";
import type { TriageProps } from "./dialog";
import { type Choice, Picker } from "./picker";
import { triageWords } from "./words";

type Found =
  | { name: "loading" }
  | { name: "failed" }
  | { name: "there"; conversations: readonly Conversation[] };

const hasOthers = ({ merged = [] }: Conversation) => merged.some(({ parted }) => !parted);

/** Chooses into which conversation of the same user one goes, or several that are picked. */
export function MergeDialog({ conversation, picked, onDecide, onClose }: TriageProps) {
  const { words, language, format } = useWords();
  const own = triageWords[language];
  const inbox = useInbox();
  const [filter, setFilter] = useState("");
  const found = useOthers(conversation);
  const several = picked.flatMap((id) => inbox.conversation(id) ?? []);
  const [first] = several;
  const subjects = conversation ? [conversation] : several;
  const all = conversation ? (found.name === "there" ? found.conversations : []) : several;
  const isAlike = several.every(
    ({ user, team_id }) => user.id === first?.user.id && team_id === first?.team_id,
  );
  const wanted = fold(filter.trim());
  const saidIn = (it: Conversation) => previewOf(it.last_message, words);
  const may = (target: Conversation) =>
    mergedInto(target) === null && subjects.every((it) => it.id === target.id || isFree(it));
  const shown = all
    .filter(({ id }) => id !== conversation?.id)
    .filter(may)
    .filter((it) => fold(`${it.title ?? ""} ${saidIn(it)}`).includes(wanted));
  const why = () => {
    if (subjects.some((it) => mergedInto(it) !== null)) return own.mergeAlready;
    if (!conversation && !isAlike) return own.mergeDifferent;
    const stuck = conversation ? subjects : subjects.slice(1);
    if (stuck.some(({ held = [] }) => held.length > 0)) return own.mergeHeld;
    if (stuck.some(hasOthers)) return own.mergeHasOthers;
    if (found.name === "loading") return own.mergeLoading;
    if (found.name === "failed") return own.mergeFailed;
    return wanted ? own.mergeNotFound : own.mergeNone;
  };
  const isPossible =
    (conversation || (isAlike && several.length > 1)) && !subjects.some((it) => mergedInto(it));
  return (
    <Picker
      title={conversation ? own.mergeTitle : own.mergeMany(several.length)}
      field={{ label: own.findConversation, value: filter, onChange: setFilter }}
      choices={(isPossible ? shown : []).map(
        (it): Choice => ({
          id: it.id,
          isOn: false,
          label: (
            <>
              <span className="min-w-0 flex-1">
                <bdi className="block truncate font-medium">{it.title ?? own.untitled}</bdi>
                <bdi className="block truncate text-xs text-ink-faint">{saidIn(it)}</bdi>
              </span>
              <span className="text-xs text-ink-faint">
                {it.state === "open" ? own.mergeOpen : own.mergeClosed} ·{" "}
                {format.short(new Date(it.active_at), new Date())}
              </span>
            </>
          ),
        }),
      )}
      empty={why()}
      onPick={(into) => onDecide({ kind: "merge", into })}
      onClose={onClose}
    >
      <p className="border-t border-line px-4 py-3 text-xs text-ink-faint">{own.mergeMore}</p>
    </Picker>
  );
}

/** Whether a conversation can go into another. */
const isFree = (it: Conversation): boolean => !hasOthers(it) && (it.held ?? []).length === 0;

/** The other conversations of a user, as the server knows them; of several that are picked nothing is asked. */
function useOthers(conversation: Conversation | undefined): Found {
  const [found, setFound] = useState<Found>({ name: "loading" });
  const id = conversation?.id;
  const team = conversation?.team_id;
  useEffect(() => {
    if (!id) return setFound({ name: "there", conversations: [] });
    let isHere = true;
    void api.userCard(id).then((outcome) => {
      if (!isHere) return;
      if (outcome.kind !== "done") return setFound({ name: "failed" });
      const { conversations } = outcome.value;
      setFound({ name: "there", conversations: conversations.filter((it) => it.team_id === team) });
    });
    return () => {
      isHere = false;
    };
  }, [id, team]);
  return found;
}
