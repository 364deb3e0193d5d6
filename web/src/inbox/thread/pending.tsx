import type { NoteIntent, ReplyIntent } from "../../sync/intent";
import { useWords } from "../../words/words";
import { useWatched } from "../context";
import { LateDecision } from "../held/late";
import { Bubble, NotePaper, Time } from "./bubble";
import { Marked } from "./marked";
import { NoteWords } from "./parts";
import { PendingFiles } from "./pendingfiles";
import { Quoted } from "./quote";
import { RequestCard } from "./request";
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
  const mark = <StatusMark status={status} />;
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
          <NoteWords text={intent.text} mentions={intent.mentions ?? []} />
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
          {intent.text && <Marked text={intent.text} />}
          {intent.files && <PendingFiles files={intent.files} />}
          {intent.asks && <RequestCard what={intent.asks} />}
        </Bubble>
      )}
      {intent.held && <LateDecision intent={intent} user={user} onTakenBack={onTakenBack} />}
    </article>
  );
}
