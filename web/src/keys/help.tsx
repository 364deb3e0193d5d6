import { useState } from "react";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { KeyHint } from "./hint";
import { resetRemaps, setLetters, useKept } from "./kept";
import { canRemap } from "./keymap";
import { Recorder } from "./recorder";
import type { Action, Group } from "./table";

const GROUPS: readonly Group[] = ["move", "decide", "answer", "pick", "go"];
/** Every key, where it can be changed, and the switch for those of one letter. */
export default function KeysHelp({ onClose }: { onClose: () => void }) {
  const { words } = useWords();
  const { letters, remaps, rows } = useKept();
  const [recorded, setRecorded] = useState<Action | null>(null);
  const hasOwn = Object.keys(remaps).length > 0;
  return (
    <Dialog label={words.keys.title} onClose={onClose} className="w-[min(46rem,calc(100vw-2rem))]">
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
        <div className="mt-5 gap-x-10 sm:columns-2">
          {GROUPS.map((group) => (
            <section key={group} className="mb-6 break-inside-avoid">
              <h3 className="mb-1 text-xs font-semibold text-ink-faint">{words.keys.groups[group]}</h3>
              <dl className="divide-y divide-line">
                {rows
                  .filter((row) => row.group === group)
                  .map((row) => (
                    <div key={row.action} className="flex min-h-9 items-center justify-between gap-4 py-1">
                      <dt className="text-sm">{words.keys.actions[row.action]}</dt>
                      <dd className="shrink-0 text-right">
                        {recorded === row.action ? (
                          <Recorder row={row} onDone={() => setRecorded(null)} />
                        ) : canRemap(row) ? (
                          <button
                            type="button"
                            data-remap={row.action}
                            onClick={() => setRecorded(row.action)}
                            className="-mr-1.5 inline-flex min-h-7 items-center gap-1.5 rounded-md px-1.5 hover:bg-hover"
                          >
                            <span className="sr-only">
                              {words.keys.change(words.keys.actions[row.action])}
                            </span>
                            {remaps[row.action] && (
                              <span className="size-1.5 rounded-full bg-accent" title={words.keys.own} />
                            )}
                            <KeyHint row={row} />
                          </button>
                        ) : (
                          <KeyHint row={row} />
                        )}
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
            checked={letters}
            onChange={(event) => setLetters(event.target.checked)}
          />
          <span>
            <span className="block text-sm font-medium">{words.keys.enabled}</span>
            <span className="block text-sm text-ink-faint">{words.keys.enabledMore}</span>
          </span>
        </label>
        <div className="mt-3 flex min-h-8 flex-wrap items-center justify-between gap-2 px-1">
          <p className="text-xs text-ink-faint">{words.keys.remapMore}</p>
          {hasOwn && <Button onClick={resetRemaps}>{words.keys.reset}</Button>}
        </div>
      </div>
    </Dialog>
  );
}
