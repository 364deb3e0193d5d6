import type { Rewritten } from "../../sync/begun";
import { Button } from "../../ui/button";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { heldWords } from "./words";

/** What this agent wrote for a reply that went away meanwhile; the draft of the conversation is another. */
export function LeftOver({ rewritten, onUsed }: { rewritten: Rewritten; onUsed: () => void }) {
  const { language } = useWords();
  const own = heldWords[language];
  const { answers } = useInbox();
  return (
    <section aria-label={own.leftOver} data-left-over className="border-t border-line px-3 py-2.5 pair:px-5">
      <div className="mx-auto max-w-4xl">
        <p className="text-xs font-medium text-ink-soft">{own.leftOver}</p>
        <textarea
          readOnly
          aria-label={own.leftOver}
          dir="auto"
          rows={3}
          value={rewritten.text}
          className="mt-1 block w-full resize-none rounded-lg border border-line bg-canvas px-3 py-2 text-sm"
        />
        <div className="mt-2 flex flex-wrap justify-end gap-2">
          <Button look="danger" onClick={() => answers.dropLeftOver(rewritten)}>
            {own.discard}
          </Button>
          <Button
            look="line"
            onClick={() => {
              onUsed();
              void answers.putLeftOver(rewritten).catch(() => {});
            }}
          >
            {own.leftOverUse}
          </Button>
        </div>
      </div>
    </section>
  );
}
