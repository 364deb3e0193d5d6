import "./dialog.css";
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { isComposing } from "../keys/composing";

/** A modal dialog: the browser keeps the focus inside, closes it on Esc and gives the focus back. */
export function Dialog({
  label,
  onClose,
  className = "",
  children,
}: {
  label: string;
  onClose: () => void;
  className?: string;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const pressed = useRef<EventTarget>(null);
  // Before the next key is pressed: it is for the dialog.
  useLayoutEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown?.showModal();
    return () => {
      shown?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // What the styles of dialogs hold for: the dialog itself, too.
    <div className="dialogue contents">
      <dialog
        ref={dialog}
        aria-label={label}
        // The browser's own Esc closes dialogs that were opened without a click in between all at once, and does not always
        // say so: each takes its own.
        onKeyDown={(event) => {
          if (event.key !== "Escape" || event.defaultPrevented) return;
          event.preventDefault();
          event.stopPropagation();
          // An input method's own Esc closes nothing; that it is prevented keeps the browser from a "cancel", too.
          if (!isComposing(event.nativeEvent)) onClose();
        }}
        // What else closes: a gesture of the telephone. (Choosing no file is a "cancel" too, of the field.)
        onCancel={(event) => {
          if (event.target !== dialog.current) return;
          event.preventDefault();
          onClose();
        }}
        onPointerDown={(event) => {
          pressed.current = event.target;
        }}
        // Only what was pressed beside it, too: whoever marks words in a field may let go outside.
        onClick={(event) => {
          if (event.target === dialog.current && pressed.current === dialog.current) onClose();
        }}
        className={`m-auto max-h-[min(40rem,calc(100dvh-2rem))] w-[min(28rem,calc(100vw-2rem))] overflow-hidden rounded-2xl border border-line bg-raised p-0 text-ink shadow-float ${className}`}
      >
        {children}
      </dialog>
    </div>
  );
}
