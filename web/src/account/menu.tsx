import { useEffect, useRef, useState } from "react";
import { useInbox } from "../inbox/context";
import { Avatar } from "../ui/avatar";
import { Late } from "../ui/late";
import { useWords } from "../words/words";

const accountPanel = () => import("./panel");

/** Who is signed in; language, appearance, signing out. */
export function AccountMenu({
  onAlerts,
  onAvailability,
  onSettings,
  onReports,
  onSignedOut,
}: {
  onAlerts: () => void;
  onAvailability: () => void;
  onSettings: () => void;
  onReports: () => void;
  onSignedOut: () => void;
}) {
  const { words } = useWords();
  const inbox = useInbox();
  const [isOpen, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!isOpen) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [isOpen]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc closes the menu wherever the focus is in it
    <div
      ref={place}
      className="relative"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.preventDefault();
        setOpen(false);
        place.current?.querySelector("button")?.focus();
      }}
    >
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls="account"
        onClick={() => setOpen(!isOpen)}
        className="flex w-full items-center gap-2.5 rounded-lg p-1 text-left hover:bg-hover triple:p-2"
      >
        <Avatar id={inbox.me.id} name={inbox.me.name} />
        <span className="sr-only">{words.account.menu(inbox.me.name)}</span>
        <span aria-hidden="true" className="hidden min-w-0 flex-1 triple:block">
          <bdi className="block truncate text-sm font-medium">{inbox.me.name}</bdi>
          <span className="block truncate text-xs text-ink-faint">{inbox.me.email}</span>
        </span>
      </button>
      {isOpen && (
        <Late
          panel={accountPanel}
          props={{
            onClose: () => setOpen(false),
            onAlerts,
            onAvailability,
            onSettings,
            onReports,
            onSignedOut,
          }}
        />
      )}
    </div>
  );
}
