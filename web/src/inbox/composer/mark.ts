// Fields in which marks are set by a key and links by a paste wear `data-marked`; what that takes is fetched when it is used.
import type { ClipboardEvent } from "react";
import type { Mark } from "./marks";

const marks = () => import("./marks");

/** Sets what is selected off in the field that is being written in; false: there is none. */
export function mark(kind: Mark): boolean {
  const field = document.activeElement;
  if (!(field instanceof HTMLTextAreaElement) || field.dataset.marked === undefined) return false;
  void marks().then(({ setMark }) => setMark(field, kind));
  return true;
}

/** An address that is pasted over selected words becomes where they lead; anything else is the browser's to paste. */
export function pasteLink(event: ClipboardEvent<HTMLTextAreaElement>): void {
  const field = event.currentTarget;
  const pasted = event.clipboardData.getData("text/plain");
  if (field.selectionStart === field.selectionEnd || !/^\s*https?:\/\/\S+\s*$/i.test(pasted)) return;
  event.preventDefault();
  void marks().then(
    ({ pasteOver }) => pasteOver(field, pasted),
    () => document.execCommand("insertText", false, pasted),
  );
}
