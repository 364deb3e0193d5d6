import type { Agent } from "../../api/types";
import { Avatar } from "../../ui/avatar";
import { useWords } from "../../words/words";
import { mentionWords } from "./mentionwords";

export const optionOf = (place: number): string => `colleague-${place}`;

/** The colleagues who are meant by what is typed after an `@`. The field keeps the focus and the keys. */
export function Colleagues({
  people,
  current,
  onPoint,
  onPick,
}: {
  people: readonly Agent[];
  current: number;
  onPoint: (place: number) => void;
  onPick: (agent: Agent) => void;
}) {
  const { language } = useWords();
  return (
    <div
      id="colleagues"
      role="listbox"
      aria-label={mentionWords[language].offered}
      className="absolute inset-x-0 bottom-full z-10 mb-2 max-h-72 overflow-y-auto rounded-xl border border-line bg-raised p-1.5 shadow-float sm:right-auto sm:w-80"
    >
      {people.map((agent, place) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and the keys
        <div
          key={agent.id}
          id={optionOf(place)}
          data-colleague={agent.id}
          role="option"
          tabIndex={-1}
          aria-selected={place === current}
          // The field must not lose the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onPick(agent)}
          onPointerMove={() => onPoint(place)}
          className="flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-2 text-sm aria-selected:bg-accent-soft"
        >
          <Avatar id={agent.id} name={agent.name} size="small" />
          <span className="min-w-0 flex-1">
            <bdi className="block truncate font-medium">{agent.name}</bdi>
            <span className="block truncate text-xs text-ink-faint">{agent.email}</span>
          </span>
        </div>
      ))}
    </div>
  );
}
