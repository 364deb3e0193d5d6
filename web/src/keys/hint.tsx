import { Fragment } from "react";
import { Kbd } from "../ui/kbd";
import { useWords } from "../words/words";
import type { KeyRow } from "./table";

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

const NAMES: Record<string, string> = { arrowdown: "↓", arrowup: "↑", enter: "↵", escape: "Esc" };
const nameOf = (key: string) => NAMES[key] ?? key.toUpperCase();

/** The keys of a row as they are printed, with what has to be held. */
export function KeyHint({ row }: { row: Pick<KeyRow, "keys" | "needs" | "also"> }) {
  const { words } = useWords();
  const held = row.needs?.split("+").map((name) => (name === "shift" ? "⇧" : isMac ? "⌘" : "Ctrl")) ?? [];
  return (
    <span className="inline-flex items-center gap-1">
      {held.map((name) => (
        <Kbd key={name}>{name}</Kbd>
      ))}
      {row.keys.map((key, place) => (
        <Fragment key={key}>
          {place > 0 && <span className="text-xs text-ink-faint">{words.keys.pairWord}</span>}
          <Kbd>{nameOf(key)}</Kbd>
        </Fragment>
      ))}
      {row.also?.map((keys) => (
        <Kbd key={keys.join()}>{keys.map(nameOf).join(" ")}</Kbd>
      ))}
    </span>
  );
}
