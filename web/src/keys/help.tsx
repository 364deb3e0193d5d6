import { Fragment, useState } from "react";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";
import { Kbd } from "../ui/kbd";
import { useWords } from "../words/words";
import { type Group, KEYS, type KeyRow } from "./table";
import { lettersOn, setLetters } from "./useKeys";

const GROUPS: readonly Group[] = ["move", "answer", "decide", "go"];
const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

const NAMES: Record<string, string> = { arrowdown: "↓", arrowup: "↑", enter: "↵", escape: "Esc" };
const nameOf = (key: string) => NAMES[key] ?? key.toUpperCase();

/** The keys of a row as they are printed, with what has to be held. */
export function KeyHint({ row }: { row: KeyRow }) {
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

/** Every key, and the switch for those of one letter. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  const { words } = useWords();
  const [isOn, setOn] = useState(lettersOn);
  return (
    <Dialog label={words.keys.title} onClose={onClose} className="w-[min(44rem,calc(100vw-2rem))]">
      <div className="max-h-[inherit] overflow-y-auto p-6">
        <div className="flex items-start justify-between gap-4">
          <div>
            <h2 className="text-lg font-semibold">{words.keys.title}</h2>
            <p className="mt-0.5 text-sm text-ink-faint">{words.keys.lead}</p>
          </div>
          <Button size="icon" aria-label={words.keys.close} onClick={onClose}>
            <Icon name="close" />
          </Button>
        </div>
        <div className="mt-5 grid gap-x-10 gap-y-6 sm:grid-cols-2">
          {GROUPS.map((group) => (
            <section key={group}>
              <h3 className="mb-1 text-xs font-semibold text-ink-faint">{words.keys.groups[group]}</h3>
              <dl className="divide-y divide-line">
                {KEYS.filter((row) => row.group === group).map((row) => (
                  <div key={row.action} className="flex items-center justify-between gap-4 py-1.5">
                    <dt className="text-sm">{words.keys.actions[row.action]}</dt>
                    <dd className="shrink-0">
                      <KeyHint row={row} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
        <label className="mt-6 flex items-start gap-3 rounded-xl bg-canvas p-3.5">
          <input
            type="checkbox"
            className="mt-0.5 size-4.5"
            checked={isOn}
            onChange={(event) => {
              setLetters(event.target.checked);
              setOn(event.target.checked);
            }}
          />
          <span>
            <span className="block text-sm font-medium">{words.keys.enabled}</span>
            <span className="block text-sm text-ink-faint">{words.keys.enabledMore}</span>
          </span>
        </label>
      </div>
    </Dialog>
  );
}
