import { useEffect, useState } from "react";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { keepFiles } from "./worker";

/** Says that a new version waits, and changes to it when the person wants; what they are writing is kept. */
export function NewVersion() {
  const { words } = useWords();
  const [use, setUse] = useState<(() => void) | null>(null);
  const [isPutOff, setPutOff] = useState(false);
  useEffect(() => keepFiles((ready) => setUse(() => ready)), []);
  return (
    <div role="status" className="fixed right-3 bottom-3 z-20 max-w-[calc(100vw-1.5rem)]">
      {use && !isPutOff && (
        <div
          data-new-version
          className="flex items-start gap-3 rounded-xl border border-line bg-raised p-3.5 shadow-float"
        >
          <Icon name="sparkle" className="mt-0.5 text-accent" />
          <div className="max-w-64">
            <p className="text-sm font-semibold">{words.version.title}</p>
            <p className="text-sm text-ink-faint">{words.version.more}</p>
            <div className="mt-2.5 flex gap-2">
              <Button look="solid" onClick={use}>
                {words.version.use}
              </Button>
              <Button onClick={() => setPutOff(true)}>{words.version.later}</Button>
            </div>
          </div>
        </div>
      )}
    </div>
  );
}
