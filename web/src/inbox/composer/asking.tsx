import type { Asked } from "../../api/types";
import { useHint } from "../../keys/kept";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { askWords } from "../thread/askwords";
import { ASK_ICONS } from "../thread/request";

/** Says above the field that the reply being written asks for something. */
export function Asking({ conversation, what }: { conversation: string; what: Asked }) {
  const own = askWords[useWords().language];
  const { answers } = useInbox();
  return (
    <div data-asking={what} className="flex items-start gap-2 px-3.5 pt-2.5">
      <p role="status" className="flex min-w-0 flex-1 items-center gap-1.5 text-sm text-accent">
        <Icon name={ASK_ICONS[what]} size="small" />
        <span>
          <span className="font-medium">{own.title[what]}.</span>{" "}
          <span className="text-ink-faint">{own.offers[what]}</span>
        </span>
      </p>
      <button
        type="button"
        aria-label={own.drop}
        title={own.drop}
        onClick={() => {
          answers.setAsk(conversation, undefined);
          document.getElementById("composer")?.focus();
        }}
        className="inline-flex size-6 items-center justify-center rounded-md text-ink-faint hover:bg-hover hover:text-ink"
      >
        <Icon name="close" size="small" />
      </button>
    </div>
  );
}

/** Makes the reply being written ask for something; again: for nothing. */
export function AskTools({
  conversation,
  what,
  onAsk,
}: {
  conversation: string;
  what: Asked | undefined;
  onAsk: () => void;
}) {
  const own = askWords[useWords().language];
  const { answers } = useInbox();
  const hints = { place: useHint("askPlace"), photo: useHint("askPhoto") };
  return (["place", "photo"] as const).map((one) => (
    <Button
      key={one}
      size="icon"
      aria-label={own.ask[one]}
      title={own.ask[one]}
      aria-pressed={what === one}
      aria-keyshortcuts={hints[one]}
      onClick={() => {
        answers.setAsk(conversation, what === one ? undefined : one);
        onAsk();
      }}
      look={what === one ? "accent" : "quiet"}
      className={what === one ? "bg-accent-soft" : ""}
    >
      <Icon name={ASK_ICONS[one]} size="large" />
    </Button>
  ));
}
