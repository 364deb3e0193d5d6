import { useEffect } from "react";
import { Avatar } from "../../ui/avatar";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { namesOf } from "./names";
import { togetherWords } from "./words";

/** How long a conversation has to be shown before colleagues are told: whoever goes through the list looks at none. */
const STAYS_MS = 1_000;
/** Pictures of so many; all are named or counted beside them. */
const PICTURES = 3;

/** Tells colleagues that this page shows a conversation, while it is visible. */
export function useViewing(conversation: string): void {
  const inbox = useInbox();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") {
        timer = setTimeout(() => inbox.view(conversation), STAYS_MS);
      } else inbox.view(null);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
      inbox.view(null);
    };
  }, [inbox, conversation]);
}

function useLookers(conversation: string): readonly string[] {
  const lookers = useWatched(`looking:${conversation}`, (inbox) => inbox.lookers(conversation));
  return lookers === "" ? [] : lookers.split(" ");
}

/** Which colleagues look at a conversation too: beside its name. */
export function LookingToo({ conversation }: { conversation: string }) {
  const { language } = useWords();
  const { agents } = useInbox();
  const lookers = useLookers(conversation);
  if (lookers.length === 0) return null;
  const said = togetherWords[language].looking(namesOf(lookers, agents, language), lookers.length);
  return (
    <p data-looking title={said} className="flex min-w-0 items-center gap-1.5 text-xs text-ink-soft">
      <span className="flex shrink-0 -space-x-1">
        {lookers.slice(0, PICTURES).map((id) => (
          <Avatar key={id} id={id} name={agents.get(id)?.name ?? "?"} size="small" />
        ))}
      </span>
      <span className="sr-only">{said}</span>
      <span aria-hidden="true" className="hidden truncate sm:inline">
        {said}
      </span>
    </p>
  );
}

/** In a row of the list: that colleagues look at it. */
export function LookingMark({ conversation }: { conversation: string }) {
  const { language } = useWords();
  const { agents } = useInbox();
  const lookers = useLookers(conversation);
  if (lookers.length === 0) return null;
  const said = togetherWords[language].looks(namesOf(lookers, agents, language), lookers.length);
  return (
    <span data-looks title={said} className="inline-flex shrink-0 self-center text-warn">
      <Icon name="eye" size="small" />
      <span className="sr-only">{said}</span>
    </span>
  );
}
