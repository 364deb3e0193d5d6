import { useLayoutEffect, useRef, useState } from "react";
import { TEXT_BYTES } from "../../api/types";
import { isComposing } from "../../keys/composing";
import type { Editing } from "../../sync/answers";
import { Button } from "../../ui/button";
import { useWords } from "../../words/words";
import { pasteLink } from "../composer/mark";
import { useInbox } from "../context";

/** Lines that are shown at once. */
const ROWS = 12;

/** The words of an own message, being changed in its place. */
export function EditBox({ editing }: { editing: Editing }) {
  const { words } = useWords();
  const inbox = useInbox();
  const [text, setText] = useState(() => inbox.answers.editedWords(editing));
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    // What an earlier page began stands there again, and takes the keys from nobody.
    if (editing.asked === 0 || !field.current) return;
    const end = field.current.value.length;
    field.current.focus();
    field.current.setSelectionRange(end, end);
  }, [editing.asked]);
  const isGood = text.trim() !== "" && new TextEncoder().encode(text).length <= TEXT_BYTES;
  const leave = () => {
    inbox.stopEditing(editing.message);
    document.getElementById("thread")?.focus();
  };
  const save = async () => {
    if (!isGood) return;
    await inbox.saveEdit(editing, text);
    document.getElementById("thread")?.focus();
  };
  return (
    <div className="w-[min(34rem,80vw)] max-w-full space-y-2">
      <textarea
        ref={field}
        data-edit={editing.message}
        data-marked
        onPaste={pasteLink}
        aria-label={words.thread.editLabel}
        value={text}
        rows={Math.min(ROWS, text.split("\n").length + 1)}
        onChange={(event) => {
          setText(event.target.value);
          inbox.answers.keepEdit(editing.conversation, editing.message, event.target.value);
        }}
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) return;
          if (event.key === "Escape") leave();
          else if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) void save();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
        className="block w-full resize-y rounded-lg border border-line bg-surface px-2.5 py-1.5 text-sm text-ink"
      />
      <div className="flex justify-end gap-2">
        <Button onClick={leave}>{words.thread.cancel}</Button>
        <Button look="solid" disabled={!isGood} onClick={() => void save()}>
          {words.thread.save}
        </Button>
      </div>
    </div>
  );
}

/** What can be done with an own message; shown while it is pointed at or holds the focus. */
export function OwnActions({
  conversation,
  message,
  canEdit,
  onLedger,
}: {
  conversation: string;
  message: string;
  canEdit: boolean;
  /** Tells what became of it; null where the status does. */
  onLedger: ((message: string) => void) | null;
}) {
  const { words } = useWords();
  const inbox = useInbox();
  const look = "min-h-6 rounded px-1 font-medium text-ink-soft underline-offset-2 hover:underline";
  return (
    <span className="inline-flex gap-1 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100">
      {canEdit && (
        <button type="button" className={look} onClick={() => inbox.edit(conversation, message)}>
          {words.thread.edit}
        </button>
      )}
      <button type="button" className={look} onClick={() => void inbox.deleteMessage(conversation, message)}>
        {words.thread.delete}
      </button>
      {onLedger && (
        <button type="button" aria-haspopup="dialog" className={look} onClick={() => onLedger(message)}>
          {words.ledger.open}
        </button>
      )}
    </span>
  );
}
