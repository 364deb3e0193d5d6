import { useEffect, useState } from "react";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/**
 * Files can be dropped anywhere on the page, for the conversation that is open. Without somebody who listens the browser
 * would leave the page and show the file.
 */
export function DropPlace({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const { words } = useWords();
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    // Entering a child is told before leaving its parent: count, do not switch.
    let depth = 0;
    const isOurs = (event: DragEvent) => hasFiles(event) && !document.querySelector("dialog[open]");
    const enter = (event: DragEvent) => {
      if (!isOurs(event)) return;
      depth++;
      setOver(true);
    };
    const leave = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = isOurs(event) ? "copy" : "none";
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (isOurs(event)) onFiles([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, [onFiles]);
  if (!isOver) return null;
  return (
    <div
      data-drop
      className="pointer-events-none absolute inset-2 z-10 flex flex-col items-center justify-center gap-1 rounded-2xl border-2 border-dashed border-accent bg-accent-soft/95 text-center text-accent"
    >
      <Icon name="clip" size="huge" />
      <p className="text-base font-semibold">{words.attach.drop}</p>
      <p className="text-sm text-ink-soft">{words.attach.dropMore}</p>
    </div>
  );
}
