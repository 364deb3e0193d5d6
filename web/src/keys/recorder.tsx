import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useWords } from "../words/words";
import { keyRows, setRemap } from "./kept";
import { type Fault, faultOf, type Strokes } from "./keymap";
import { KEYS, type KeyRow } from "./table";
import { PAIR_MS } from "./useKeys";

/** Listens for the next key and gives it to a row; a key that starts pairs waits for its second. Esc leaves all as it was. */
export function Recorder({ row, onDone }: { row: KeyRow; onDone: () => void }) {
  const { words } = useWords();
  const field = useRef<HTMLButtonElement>(null);
  const [first, setFirst] = useState<string | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (first === null) return;
    const timer = setTimeout(() => setFirst(null), PAIR_MS);
    return () => clearTimeout(timer);
  }, [first]);

  const press = (event: KeyboardEvent) => {
    if (["Shift", "Control", "Meta", "Alt", "AltGraph", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return onDone();
    if (event.ctrlKey || event.metaKey || event.altKey) return setFault({ why: "reserved" });
    const key = event.key.toLowerCase();
    const startsPairs = KEYS.some((known) => known.keys.length === 2 && known.keys[0] === key);
    if (first === null && !event.shiftKey && startsPairs) return setFirst(key);
    const isShifted = event.shiftKey && /^\p{L}$/u.test(event.key);
    const strokes: Strokes = {
      keys: first === null ? [key] : [first, key],
      ...(isShifted ? { needs: "shift" } : {}),
    };
    const found = faultOf(keyRows(), row.action, strokes);
    setFirst(null);
    if (found) return setFault(found);
    const own = KEYS.find(({ action }) => action === row.action);
    const isOwn = own?.keys.join(" ") === strokes.keys.join(" ") && own.needs === strokes.needs;
    setRemap(row.action, isOwn ? null : strokes);
    onDone();
  };

  return (
    <span className="inline-flex flex-col items-end">
      <button
        ref={field}
        type="button"
        onKeyDown={press}
        onBlur={onDone}
        aria-describedby={fault ? "key-fault" : undefined}
        className="min-h-7 rounded-md border border-accent px-2 text-xs font-medium text-accent"
      >
        {first === null ? words.keys.press : words.keys.pressSecond(first.toUpperCase())}
      </button>
      {fault && (
        <span id="key-fault" role="alert" className="mt-1 max-w-40 text-xs text-danger">
          {fault.why === "taken" ? words.keys.taken(words.keys.actions[fault.by]) : words.keys.reserved}
        </span>
      )}
    </span>
  );
}
