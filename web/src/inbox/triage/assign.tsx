import { useEffect, useId, useMemo, useState } from "react";
import { availabilityWords } from "../../availability/words";
import { canTake } from "../../sync/people";
import { Avatar } from "../../ui/avatar";
import { Icon } from "../../ui/icon";
import { fold } from "../../words/fold";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import type { TriageProps } from "./dialog";
import { type Choice, Picker } from "./picker";
import { triageWords } from "./words";

const NOBODY = "nobody";
/** Fewer bytes than a note may have, whatever is written. */
const NOTE_LETTERS = 4_000;

/** Picks who takes a conversation on: me, a colleague, or nobody. */
export function AssignDialog({ conversation, picked, onDecide, onClose }: TriageProps) {
  const { words, language, format } = useWords();
  const own = triageWords[language];
  const inbox = useInbox();
  const away = useWatched("away", (it) => it.away);
  const agents = useWatched("people", (it) => it.agents);
  useEffect(() => inbox.people.freshen(), [inbox]);
  const [filter, setFilter] = useState("");
  const [note, setNote] = useState("");
  const field = useId();
  const assignee = conversation && (conversation.assignee_id ?? NOBODY);
  const choices = useMemo((): Choice[] => {
    const subjects = conversation ? [conversation] : picked.flatMap((id) => inbox.conversation(id) ?? []);
    const teams = new Set(subjects.map(({ team_id }) => team_id));
    const colleagues = [...agents.values()]
      .filter((agent) => agent.id !== inbox.me.id && canTake(agent, teams))
      // Whoever is away comes last: nothing can be assigned to them.
      .sort((a, b) => Number(away.has(a.id)) - Number(away.has(b.id)) || a.name.localeCompare(b.name))
      .map((agent) => ({ ...agent, label: agent.name }));
    const { nobody } = words.triage;
    const all = [
      { ...inbox.me, label: own.me(inbox.me.name) },
      ...colleagues,
      { id: NOBODY, name: nobody, label: nobody, email: "" },
    ];
    const wanted = fold(filter.trim());
    return all
      .filter(({ label, email }) => fold(`${label} ${email}`).includes(wanted))
      .map(({ id, name, label, email }) => {
        const until = away.get(id);
        const awayWords = availabilityWords[language];
        const more =
          until === undefined
            ? email
            : until
              ? awayWords.colleagueUntil(format.when(new Date(until), new Date()))
              : awayWords.colleague;
        return {
          id,
          isOn: assignee === id,
          isOff: until !== undefined && id !== inbox.me.id,
          label: <Person id={id} name={name} label={label} more={more} isOn={assignee === id} />,
        };
      });
  }, [inbox, agents, conversation, picked, words, own, filter, assignee, away, language, format]);
  return (
    <Picker
      title={own.assignTitle}
      field={{ label: own.filter, value: filter, onChange: setFilter }}
      choices={choices}
      empty={own.none}
      onPick={(id) => {
        const words = note.trim();
        onDecide({ kind: "assign", agent: id === NOBODY ? null : id, ...(words && { words }) });
      }}
      onClose={onClose}
    >
      <label
        htmlFor={field}
        className="block border-t border-line px-4 py-3 text-xs font-medium text-ink-soft"
      >
        {own.noteFor}
        <textarea
          id={field}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          placeholder={own.noteHint}
          maxLength={NOTE_LETTERS}
          rows={2}
          dir="auto"
          className="mt-1 block field-sizing-content max-h-32 min-h-14 w-full resize-none rounded-lg border border-note-line bg-note px-3 py-2 text-sm text-ink placeholder:text-ink-faint"
        />
      </label>
    </Picker>
  );
}

function Person({
  id,
  name,
  label,
  more,
  isOn,
}: {
  id: string;
  name: string;
  label: string;
  /** Their address, or that they are away. */
  more: string;
  isOn: boolean;
}) {
  return (
    <>
      {id === NOBODY ? (
        <span className="inline-flex size-9 items-center justify-center rounded-full border border-dashed border-line-strong text-ink-faint">
          <Icon name="close" size="small" />
        </span>
      ) : (
        <Avatar id={id} name={name} />
      )}
      <span className="min-w-0 flex-1">
        <bdi className="block truncate font-medium">{label}</bdi>
        {more && <span className="block truncate text-xs text-ink-faint">{more}</span>}
      </span>
      {isOn && <Icon name="check" className="text-accent" />}
    </>
  );
}
