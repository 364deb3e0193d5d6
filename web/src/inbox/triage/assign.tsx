import { useMemo, useState } from "react";
import { Avatar } from "../../ui/avatar";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { fold } from "../../words/fold";
import { useWords } from "../../words/words";
import { useInbox } from "../context";

interface Choice {
  /** Null: nobody. */
  id: string | null;
  name: string;
  label: string;
  email: string;
}

/** Picks who takes a conversation on: me, a colleague, or nobody. */
export function AssignDialog({
  assignee,
  onPick,
  onClose,
}: {
  /** Who has it now; null: nobody; undefined: it is several, which differ. */
  assignee: string | null | undefined;
  onPick: (agent: string | null) => void;
  onClose: () => void;
}) {
  const { words } = useWords();
  const inbox = useInbox();
  const [filter, setFilter] = useState("");
  const [at, setAt] = useState(0);
  const choices = useMemo(() => {
    const colleagues = [...inbox.agents.values()]
      .filter((agent) => agent.id !== inbox.me.id)
      .sort((a, b) => a.name.localeCompare(b.name))
      .map((agent) => ({ ...agent, label: agent.name }));
    const me = { ...inbox.me, label: words.triage.me(inbox.me.name) };
    const { nobody } = words.triage;
    const all: Choice[] = [me, ...colleagues, { id: null, name: nobody, label: nobody, email: "" }];
    const wanted = fold(filter.trim());
    return all.filter((choice) => fold(`${choice.label} ${choice.email}`).includes(wanted));
  }, [inbox, words, filter]);
  const current = Math.min(at, choices.length - 1);
  const idOf = (place: number) => `assignee-${place}`;
  const move = (place: number) => {
    setAt(place);
    document.getElementById(idOf(place))?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Dialog label={words.triage.assignTitle} onClose={onClose} className="mt-[12vh]">
      <div className="border-b border-line px-4 pt-4 pb-3">
        <h2 className="mb-2 text-sm font-semibold">{words.triage.assignTitle}</h2>
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls="assignees"
          aria-activedescendant={choices.length > 0 ? idOf(current) : undefined}
          aria-label={words.triage.filter}
          placeholder={words.triage.filter}
          value={filter}
          onChange={(event) => {
            setFilter(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === "ArrowDown") move(Math.min(current + 1, choices.length - 1));
            else if (event.key === "ArrowUp") move(Math.max(current - 1, 0));
            else if (event.key === "Enter" && choices[current]) onPick(choices[current].id);
            else return;
            event.preventDefault();
          }}
          className="h-10 w-full rounded-lg border border-line-strong bg-surface px-3 text-base outline-offset-0"
        />
      </div>
      <div
        id="assignees"
        role="listbox"
        aria-label={words.triage.assignTitle}
        className="max-h-80 overflow-y-auto p-2"
      >
        {choices.map((choice, place) => {
          const isNow = assignee === choice.id;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys
            <div
              key={choice.id ?? "nobody"}
              id={idOf(place)}
              role="option"
              tabIndex={-1}
              aria-selected={place === current}
              onClick={() => onPick(choice.id)}
              onPointerMove={() => setAt(place)}
              className="flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 aria-selected:bg-accent-soft"
            >
              {choice.id ? (
                <Avatar id={choice.id} name={choice.name} />
              ) : (
                <span className="inline-flex size-9 items-center justify-center rounded-full border border-dashed border-line-strong text-ink-faint">
                  <Icon name="close" size="small" />
                </span>
              )}
              <span className="min-w-0 flex-1">
                <bdi className="block truncate text-sm font-medium">{choice.label}</bdi>
                {choice.email && (
                  <span className="block truncate text-xs text-ink-faint">{choice.email}</span>
                )}
              </span>
              {isNow && <Icon name="check" className="text-accent" />}
            </div>
          );
        })}
      </div>
      {choices.length === 0 && (
        <p role="status" className="px-4 pt-2 pb-6 text-center text-sm text-ink-faint">
          {words.triage.none}
        </p>
      )}
    </Dialog>
  );
}
