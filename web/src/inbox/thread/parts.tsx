import { lazy, Suspense } from "react";
import type { Mention, Message, Part } from "../../api/types";
import { PlaceCard } from "../../map/card";
import { FileRow } from "../../media/filerow";
import { useWords } from "../../words/words";
import { named } from "../composer/mentions";
import { AnswersCard, ChoicesCard, ChosenCard, FormCard } from "./cards";
import { Marked, Typed } from "./marked";
import { RequestCard } from "./request";

/** Few people share where they are: what shows it is fetched when somebody does. */
const LiveCard = lazy(() => import("../../map/live"));

/** The words of a note: those whom it mentions stand out. */
export function NoteWords({ text, mentions }: { text: string; mentions: readonly Mention[] }) {
  if (mentions.length === 0) return <Marked text={text} />;
  return (
    <Marked
      text={text}
      letters={(said) =>
        named(said, mentions).map((piece, place) =>
          piece.who ? (
            <bdi
              // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never change places
              key={place}
              data-mention={piece.who.agent_id}
              className="rounded-sm bg-surface px-0.5 font-semibold text-note-ink"
            >
              {piece.text}
            </bdi>
          ) : (
            piece.text
          ),
        )
      }
    />
  );
}

/**
 * One part of a message; `isUsers`: what it says was typed by a user, and has no marks. `of`: the message, where it stands in
 * its thread.
 */
export function PartView({ part, isUsers, of }: { part: Part; isUsers: boolean; of?: Message | undefined }) {
  const { words } = useWords();
  switch (part.type) {
    case "text":
      return isUsers ? <Typed text={part.text} /> : <Marked text={part.text} />;
    case "attachment":
      return <FileRow file={part} />;
    case "location":
      return <PlaceCard place={part} />;
    case "live_location":
      return (
        <Suspense fallback={<p className="text-sm">{words.part.live}</p>}>
          <LiveCard part={part} />
        </Suspense>
      );
    case "quick_replies":
      return <ChoicesCard part={part} />;
    case "form":
      return <FormCard part={part} />;
    case "choice":
      return <ChosenCard part={part} />;
    case "answers":
      return <AnswersCard part={part} />;
    case "request":
      return <RequestCard what={part.for} of={of} />;
    case "system":
      return <p className="text-sm">{words.part.events[part.event] ?? words.part.event(part.event)}</p>;
    default:
      return <p className="text-sm text-ink-faint italic">{words.part.unknown}</p>;
  }
}
