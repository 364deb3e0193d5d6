import { useLocation } from "wouter";
import type { Asked, Message } from "../../api/types";
import { pathOf, placeOf } from "../../paths";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useWatched } from "../context";
import { answerTo, isRefusal } from "./asked";
import { askWords } from "./askwords";
import { Card } from "./cards";

/** What each request is shown with. */
export const ASK_ICONS = { place: "pin", photo: "image" } as const;

/** Asks the user for something. `of`: the message in its thread, which says whether it was answered. */
export function RequestCard({ what, of }: { what: Asked; of?: Message | undefined }) {
  const own = askWords[useWords().language];
  return (
    <Card icon={ASK_ICONS[what]} title={own.title[what]}>
      {of ? <State message={of} what={what} /> : <Offers what={what} />}
    </Card>
  );
}

/** What the user may do, as long as they have not done it. */
function Offers({ what }: { what: Asked }) {
  return <p className="text-sm text-ink-soft">{askWords[useWords().language].offers[what]}</p>;
}

function State({ message, what }: { message: Message; what: Asked }) {
  const own = askWords[useWords().language];
  const [path, navigate] = useLocation();
  const { conversation_id: conversation, id } = message;
  const answer = useWatched(`thread:${conversation}`, (it) =>
    answerTo(it.thread(conversation).messages, message, what),
  );
  if (!answer) {
    return (
      <>
        <Offers what={what} />
        <p data-answer="waiting" className="mt-1.5 flex items-center gap-1.5 text-sm text-ink-faint">
          <Icon name="clock" size="small" />
          {own.waiting}
        </p>
      </>
    );
  }
  const isRefused = isRefusal(answer, id);
  return (
    <button
      type="button"
      data-answer={isRefused ? "refused" : "answered"}
      title={own.jump}
      onClick={() => navigate(pathOf({ ...placeOf(path), message: answer.seq }))}
      className="-ml-1 inline-flex min-h-6 items-center gap-1.5 rounded-md px-1 text-sm font-medium hover:bg-hover"
    >
      <Icon
        name={isRefused ? "close" : "check"}
        size="small"
        className={isRefused ? "text-ink-faint" : "text-accent"}
      />
      {isRefused ? own.refused : own.answered}
      <span className="sr-only">. {own.jump}</span>
    </button>
  );
}
