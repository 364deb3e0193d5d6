import type { NoteIntent, ReplyIntent } from "../../sync/intent";
import { Button } from "../../ui/button";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { Body } from "../thread/body";
import { Time } from "../thread/bubble";
import { decisionWords } from "./decisionwords";

/** Asks what to do with something that did not go out by itself. */
export function Decision({
  intent,
  user,
  onTakenBack,
}: {
  intent: ReplyIntent | NoteIntent;
  user: string;
  onTakenBack: (mode: "reply" | "note") => void;
}) {
  const { words, language } = useWords();
  const own = decisionWords[language];
  const inbox = useInbox();
  const { held } = intent;
  if (!held) return null;
  const takeBack = async () => {
    await inbox.takeBack(intent.id);
    onTakenBack(intent.kind);
  };
  const unseen = held.why === "moved" ? held.unseen : [];
  const lastSeen = unseen.at(-1)?.seq;
  return (
    <section
      aria-label={held.why === "moved" ? own.movedTitle : words.status.failed}
      data-decision={intent.id}
      className="mt-2 ml-auto max-w-[min(38rem,100%)] rounded-xl border border-danger-line bg-surface p-4 shadow-raised"
    >
      {held.why === "moved" ? (
        <>
          <p className="text-sm font-semibold">{own.movedTitle}</p>
          <p className="text-sm text-ink-faint">{own.movedMore(unseen.length)}</p>
          <ul className="mt-3 max-h-60 space-y-2.5 overflow-y-auto border-l-2 border-accent-line pl-3">
            {unseen.map((message) => (
              <li key={message.id} className="text-sm">
                <p className="text-xs text-ink-faint">
                  <bdi>{message.author.kind === "agent" ? message.author.name : user}</bdi> ·{" "}
                  <Time at={message.sent_at} />
                </p>
                <Body parts={message.parts} isUsers={message.author.kind === "user"} />
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className="text-sm">{own.reasons[held.code] ?? own.refused}</p>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        {held.why === "moved" && lastSeen !== undefined && (
          <Button look="solid" onClick={() => inbox.sendAnyway(intent.id, lastSeen)}>
            {own.sendAnyway}
          </Button>
        )}
        {held.why === "refused" && (
          <Button look="solid" onClick={() => inbox.retry(intent.id)}>
            {own.retry}
          </Button>
        )}
        <Button look="line" onClick={() => void takeBack()}>
          {own.edit}
        </Button>
        <Button look="danger" onClick={() => inbox.discard(intent.id)}>
          {own.discard}
        </Button>
      </div>
    </section>
  );
}
