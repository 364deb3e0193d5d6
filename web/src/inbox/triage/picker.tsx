import { type ReactNode, useState } from "react";
import { Dialog } from "../../ui/dialog";

export interface Choice {
  id: string;
  label: ReactNode;
  /** Whether it is so already. */
  isOn: boolean;
  /** Whether it cannot be chosen for the moment. */
  isOff?: boolean;
}

/** A dialog with a list to choose from, by keys and by the pointer; with a field to narrow it down where it may be long. */
export function Picker({
  title,
  field,
  choices,
  empty,
  onPick,
  onFinish,
  onEdit,
  onClose,
  children,
}: {
  title: string;
  field: { label: string; value: string; onChange: (value: string) => void };
  choices: readonly Choice[];
  /** Said when there is nothing to choose. */
  empty?: string;
  onPick: (id: string) => void;
  /** Where several can be chosen: what ends it, by Ctrl or Cmd with Enter too. */
  onFinish?: () => void;
  /** Where a choice can be changed: by Ctrl or Cmd with E. */
  onEdit?: (id: string) => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const [at, setAt] = useState(0);
  const current = Math.min(at, choices.length - 1);
  const idOf = (place: number) => `choice-${place}`;
  const move = (place: number) => {
    setAt(place);
    document.getElementById(idOf(place))?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Dialog label={title} onClose={onClose} className="mt-[12vh]">
      <div className="border-b border-line px-4 pt-4 pb-3">
        <h2 className="mb-2 text-sm font-semibold">{title}</h2>
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls="choices"
          aria-activedescendant={choices.length > 0 ? idOf(current) : undefined}
          aria-label={field.label}
          placeholder={field.label}
          value={field.value}
          onChange={(event) => {
            field.onChange(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            const chosen = choices[current];
            const isCommand = event.ctrlKey || event.metaKey;
            if (event.key === "ArrowDown") move(Math.min(current + 1, choices.length - 1));
            else if (event.key === "ArrowUp") move(Math.max(current - 1, 0));
            else if (event.key === "Enter" && onFinish && isCommand) onFinish();
            else if (event.key === "e" && onEdit && chosen && isCommand) onEdit(chosen.id);
            else if (event.key === "Enter" && chosen) !chosen.isOff && onPick(chosen.id);
            else return;
            event.preventDefault();
          }}
          className="h-10 w-full rounded-lg border border-line-strong bg-surface px-3 text-base outline-offset-0"
        />
      </div>
      <Options
        label={title}
        choices={choices}
        current={current}
        onPoint={setAt}
        onPick={onPick}
        onEdit={onEdit ?? onPick}
        idOf={idOf}
      />
      {choices.length === 0 && (
        <p role="status" className="px-4 pt-2 pb-6 text-center text-sm text-ink-faint">
          {empty}
        </p>
      )}
      {children}
    </Dialog>
  );
}

function Options({
  label,
  choices,
  current,
  onPoint,
  onPick,
  onEdit,
  idOf,
}: {
  label: string;
  choices: readonly Choice[];
  current: number;
  onPoint: (place: number) => void;
  onPick: (id: string) => void;
  onEdit: (id: string) => void;
  idOf: (place: number) => string;
}) {
  return (
    <div id="choices" role="listbox" aria-label={label} className="max-h-80 overflow-y-auto p-2">
      {choices.map((choice, place) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys
        <div
          key={choice.id}
          id={idOf(place)}
          data-choice={choice.id}
          role="option"
          tabIndex={-1}
          aria-selected={place === current}
          aria-checked={choice.isOn}
          aria-disabled={choice.isOff}
          onClick={({ target }) => {
            if (choice.isOff) return;
            const isEdit = target instanceof Element && target.closest("[data-edit]");
            (isEdit ? onEdit : onPick)(choice.id);
          }}
          onPointerMove={() => onPoint(place)}
          className="flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 text-sm aria-selected:bg-accent-soft aria-disabled:cursor-not-allowed"
        >
          {choice.label}
        </div>
      ))}
    </div>
  );
}
