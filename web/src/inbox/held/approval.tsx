import { useId, useState } from "react";
import type { HeldReply } from "../../api/types";
import { isComposing } from "../../keys/composing";
import { textOf } from "../../sync/answers";
import { Button } from "../../ui/button";
import { useWords } from "../../words/words";
import { pasteLink } from "../composer/mark";
import { useInbox } from "../context";
import { diffOf } from "./diff";
import { heldWords } from "./words";

const FIELD =
  "mt-1 block field-sizing-content min-h-16 w-full resize-none rounded-lg border border-line-strong bg-surface px-3 py-2 text-base";

/** Approves what a colleague proposes: as it is, with other words, or not yet. */
export function Approval({ held, conversation }: { held: HeldReply; conversation: string }) {
  const { language } = useWords();
  const own = heldWords[language];
  const { answers } = useInbox();
  const before = textOf(held.parts);
  const begun = answers.rewritten(held.id);
  const [doing, setDoing] = useState<"look" | "change" | "return">(begun === undefined ? "look" : "change");
  // What was begun before stands there again, and takes the keys from nobody.
  const [isAsked, setAsked] = useState(false);
  const [text, setText] = useState(begun ?? before);
  const [note, setNote] = useState("");
  const id = useId();
  const begin = (what: "change" | "return") => {
    setAsked(true);
    setDoing(what);
  };
  const write = (value: string) => {
    setText(value);
    void answers.keepRewritten(conversation, held, value);
  };
  if (doing === "look") {
    return (
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="line" onClick={() => begin("return")}>
          {own.sendBack}
        </Button>
        {before !== "" && (
          <Button look="line" onClick={() => begin("change")}>
            {own.change}
          </Button>
        )}
        <Button look="solid" onClick={() => void answers.release(conversation, held)}>
          {own.approve}
        </Button>
      </div>
    );
  }
  const isChange = doing === "change";
  const isReady = isChange ? text.trim() !== "" && text !== before : note.trim() !== "";
  const finish = () => {
    if (!isReady) return;
    if (isChange) void answers.release(conversation, held, text);
    else void answers.giveBack(conversation, held, note);
    setDoing("look");
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        finish();
      }}
    >
      <label htmlFor={id} className="text-xs font-medium text-ink-soft">
        {isChange ? own.textLabel : own.noteLabel}
      </label>
      <textarea
        id={id}
        // biome-ignore lint/a11y/noAutofocus: it was asked for a moment ago
        autoFocus={isAsked}
        dir="auto"
        data-marked={isChange ? "" : undefined}
        onPaste={isChange ? pasteLink : undefined}
        value={isChange ? text : note}
        onChange={(event) => (isChange ? write : setNote)(event.target.value)}
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) return;
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) finish();
          else if (event.key === "Escape") setDoing("look");
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
        className={FIELD}
      />
      {isChange && text !== before && <Difference before={before} after={text} label={own.changed} />}
      <div className="mt-2.5 flex flex-wrap justify-end gap-2">
        <Button look="line" onClick={() => setDoing("look")}>
          {own.cancel}
        </Button>
        <Button type="submit" look="solid" disabled={!isReady}>
          {isChange ? own.sendChanged : own.sendBackNow}
        </Button>
      </div>
    </form>
  );
}

/** What became of the words: what went is crossed out, what came is underlined; colour is never all there is. */
function Difference({ before, after, label }: { before: string; after: string; label: string }) {
  return (
    <div className="mt-2 text-sm">
      <p className="text-xs font-medium text-ink-soft">{label}</p>
      <p data-diff dir="auto" className="mt-1 rounded-lg bg-canvas px-3 py-2 whitespace-pre-wrap">
        {diffOf(before, after).map(({ kind, text }, place) => {
          const Mark = kind === "gone" ? "del" : kind === "new" ? "ins" : "span";
          const look =
            kind === "gone"
              ? "bg-danger-soft text-danger"
              : kind === "new"
                ? "bg-accent-soft text-accent"
                : "";
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: all pieces are made anew together
            <Mark key={place} className={look}>
              {text}
            </Mark>
          );
        })}
      </p>
    </div>
  );
}
