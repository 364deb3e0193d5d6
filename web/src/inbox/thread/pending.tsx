import { useEffect, useState } from "react";
import type { NoteIntent, ReplyIntent } from "../../sync/intent";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { Body } from "./body";
import { Bubble, NotePaper, Time } from "./bubble";
import { Words } from "./parts";
import { PendingFiles } from "./pendingfiles";
import { Quoted } from "./quote";
import { StatusMark } from "./status";

/** What was written here and has not reached the server, or was held back on the way. */
export function PendingView({
  intent,
  user,
  onTakenBack,
}: {
  intent: ReplyIntent | NoteIntent;
  user: string;
  onTakenBack: (mode: "reply" | "note") => void;
}) {
  const { words } = useWords();
  const isLive = useWatched("line", (inbox) => inbox.isLive());
  const isUploading = useWatched("outbox", (inbox) => inbox.waitsForFiles(intent.id));
  const status = intent.held ? "failed" : !isLive ? "waiting" : isUploading ? "uploading" : "sending";
  const mark =
    intent.until === undefined ? (
      <StatusMark status={status} />
    ) : (
      <HeldMark id={intent.id} until={intent.until} onUndone={() => onTakenBack(intent.kind)} />
    );
  return (
    <article aria-label={words.thread.you} data-pending={intent.id}>
      {intent.kind === "note" ? (
        <NotePaper
          author={words.thread.you}
          time={
            <>
              <Time at={intent.at} /> · {mark}
            </>
          }
        >
          <Words text={intent.text} />
        </NotePaper>
      ) : (
        <Bubble
          side="agent"
          look={intent.held ? "failed" : "agent"}
          above={
            <>
              <span className="font-medium text-ink-soft">{words.thread.you}</span> · <Time at={intent.at} />
            </>
          }
          below={mark}
        >
          {intent.quote && <Quoted conversation={intent.conversation} id={intent.quote} user={user} />}
          {intent.text && <Words text={intent.text} />}
          {intent.files && <PendingFiles files={intent.files} />}
        </Bubble>
      )}
      {intent.held && <Decision intent={intent} user={user} onTakenBack={onTakenBack} />}
    </article>
  );
}

/** Counts down to the moment in which a reply goes out, and has it back until then. */
function HeldMark({ id, until, onUndone }: { id: string; until: number; onUndone: () => void }) {
  const { words, format } = useWords();
  const inbox = useInbox();
  const [left, setLeft] = useState(() => until - Date.now());
  useEffect(() => {
    const timer = setInterval(() => setLeft(until - Date.now()), 250);
    return () => clearInterval(timer);
  }, [until]);
  const undo = async () => {
    await inbox.takeBack(id);
    onUndone();
  };
  return (
    <span data-status="held" className="inline-flex items-center gap-1.5">
      <Icon name="clock" size="small" />
      <span className="numeric">
        {words.status.held(format.number(Math.max(1, Math.ceil(left / 1_000))))}
      </span>
      <button
        type="button"
        onClick={() => void undo()}
        className="min-h-6 rounded px-1 font-medium text-accent underline-offset-2 hover:underline"
      >
        {words.undo.undo}
      </button>
    </span>
  );
}

/** Asks what to do with something that did not go out by itself. */
function Decision({
  intent,
  user,
  onTakenBack,
}: {
  intent: ReplyIntent | NoteIntent;
  user: string;
  onTakenBack: (mode: "reply" | "note") => void;
}) {
  const { words } = useWords();
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
      aria-label={held.why === "moved" ? words.held.movedTitle : words.status.failed}
      data-decision={intent.id}
      className="mt-2 ml-auto max-w-[min(38rem,100%)] rounded-xl border border-danger-line bg-surface p-4 shadow-raised"
    >
      {held.why === "moved" ? (
        <>
          <p className="text-sm font-semibold">{words.held.movedTitle}</p>
          <p className="text-sm text-ink-faint">{words.held.movedMore(unseen.length)}</p>
          <ul className="mt-3 max-h-60 space-y-2.5 overflow-y-auto border-l-2 border-accent-line pl-3">
            {unseen.map((message) => (
              <li key={message.id} className="text-sm">
                <p className="text-xs text-ink-faint">
                  <bdi>{message.author.kind === "agent" ? message.author.name : user}</bdi> ·{" "}
                  <Time at={message.sent_at} />
                </p>
                <Body parts={message.parts} />
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className="text-sm">{words.held.reasons[held.code] ?? words.held.refused}</p>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        {held.why === "moved" && lastSeen !== undefined && (
          <Button look="solid" onClick={() => inbox.sendAnyway(intent.id, lastSeen)}>
            {words.held.sendAnyway}
          </Button>
        )}
        {held.why === "refused" && (
          <Button look="solid" onClick={() => inbox.retry(intent.id)}>
            {words.held.retry}
          </Button>
        )}
        <Button look="line" onClick={() => void takeBack()}>
          {words.held.edit}
        </Button>
        <Button look="danger" onClick={() => inbox.discard(intent.id)}>
          {words.held.discard}
        </Button>
      </div>
    </section>
  );
}
