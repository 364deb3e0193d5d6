import { useMemo, useState } from "react";
import { Avatar } from "../../ui/avatar";
import { Icon } from "../../ui/icon";
import { fold } from "../../words/fold";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import type { TriageProps } from "./dialog";
import { type Choice, Picker } from "./picker";
import { triageWords } from "./words";

const NOBODY = "nobody";

/** Picks who takes a conversation on: me, a colleague, or nobody. */
export function AssignDialog({ conversation, onDecide, onClose }: TriageProps) {
  const { words, language } = useWords();
  const own = triageWords[language];
  const inbox = useInbox();
  const [filter, setFilter] = useState("");
  const assignee = conversation && (conversation.assignee_id ?? NOBODY);
  const choices = useMemo((): Choice[] => {
    const colleagues = [...inbox.agents.values()]
      .filter((agent) => agent.id !== inbox.me.id)
      .sort((a, b) => a.name.localeCompare(b.name))
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
      .map(({ id, name, label, email }) => ({
        id,
        isOn: assignee === id,
        label: <Person id={id} name={name} label={label} email={email} isOn={assignee === id} />,
      }));
  }, [inbox, words, own, filter, assignee]);
  return (
    <Picker
      title={own.assignTitle}
      field={{ label: own.filter, value: filter, onChange: setFilter }}
      choices={choices}
      empty={own.none}
      onPick={(id) => onDecide({ kind: "assign", agent: id === NOBODY ? null : id })}
      onClose={onClose}
    />
  );
}

function Person({
  id,
  name,
  label,
  email,
  isOn,
}: {
  id: string;
  name: string;
  label: string;
  email: string;
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
        {email && <span className="block truncate text-xs text-ink-faint">{email}</span>}
      </span>
      {isOn && <Icon name="check" className="text-accent" />}
    </>
  );
}
