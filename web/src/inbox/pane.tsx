import "./pane.css";
import { type Ref, useCallback, useEffect } from "react";
import { may } from "../api/roles";
import { MapHost } from "../map/host";
import { mergedInto } from "../sync/decisions";
import type { DraftMode } from "../sync/storage";
import { Button } from "../ui/button";
import { Empty } from "../ui/empty";
import { LatePage } from "../ui/late";
import { useWords } from "../words/words";
import { Composer, type ComposerHandle } from "./composer/composer";
import { DropPlace } from "./composer/drop";
import { useInbox, useWatched } from "./context";
import { LateLeftOver } from "./held/late";
import { userName } from "./people";
import { ThreadHeader } from "./thread/header";
import { Thread } from "./thread/thread";
import { useViewing } from "./together/looking";
import type { Triage } from "./triage/kinds";

const goesOn = () => import("./merge/goeson");
const nothing = () => {};

/** One conversation: its header, its messages, its composer. */
export default function Pane({
  id,
  message,
  onNewest,
  mode,
  composer,
  onMode,
  onBack,
  onTriage,
  onPerson,
  onReplies,
  onLater,
  onTake,
  onToggle,
  onSent,
}: {
  id: string;
  /** The message to open it at; null: the end. */
  message: number | null;
  onNewest: () => void;
  mode: DraftMode;
  composer: Ref<ComposerHandle>;
  onMode: (mode: DraftMode) => void;
  onBack: () => void;
  onTriage: (what: Triage) => void;
  onPerson: () => void;
  onReplies: () => void;
  onLater: () => void;
  onTake: () => void;
  onToggle: () => void;
  onSent: (andClose: boolean) => void;
}) {
  const { words } = useWords();
  const inbox = useInbox();
  const { role } = inbox.me;
  const shownMode = may(role, "propose") ? mode : "note";
  const conversation = useWatched(`conversation:${id}`, (it) => it.conversation(id));
  const phase = useWatched(`thread:${id}`, (it) => it.thread(id).phase);
  useEffect(() => void inbox.openThread(id, message), [inbox, id, message]);
  const leftOver = useWatched(`conversation:${id}`, (it) => it.answers.leftOver(id));
  useViewing(id);
  const drop = useCallback(
    (files: readonly File[]) => {
      // Files go with replies: whoever wrote a note finds it again.
      if (mode === "note") onMode("reply");
      inbox.attach(id, files);
    },
    [inbox, id, mode, onMode],
  );

  if (phase === "missing") {
    return (
      <Empty icon="alert" title={words.thread.missing} more={words.thread.missingMore}>
        <Button look="line" size="normal" onClick={onBack}>
          {words.thread.back}
        </Button>
      </Empty>
    );
  }
  const failure = phase === "failed" && (
    <Empty icon="alert" title={words.thread.failed}>
      <Button look="line" size="normal" onClick={() => void inbox.openThread(id, message)}>
        {words.list.retry}
      </Button>
    </Empty>
  );
  if (!conversation) {
    if (failure) return failure;
    return (
      <p role="status" className="flex h-full items-center justify-center text-sm text-ink-faint">
        {words.thread.loading}
      </p>
    );
  }
  return (
    <section
      aria-label={words.thread.label(userName(conversation, words.list.anonymous))}
      className="pane relative flex h-full min-w-0 flex-col"
    >
      {may(role, "propose") && <DropPlace onFiles={drop} />}
      <ThreadHeader
        conversation={conversation}
        onBack={onBack}
        onPerson={onPerson}
        onTriage={onTriage}
        onTake={onTake}
        onToggle={onToggle}
      />
      {/* Whoever is writing goes on writing. */}
      {failure ? (
        <div className="min-h-0 flex-1">{failure}</div>
      ) : (
        <MapHost key={id} conversation={id}>
          <Thread
            key={`${id} ${message ?? ""}`}
            conversation={conversation}
            target={message}
            onNewest={onNewest}
            onTakenBack={onMode}
          />
        </MapHost>
      )}
      {leftOver && <LateLeftOver rewritten={leftOver} onUsed={() => onMode("reply")} />}
      {mergedInto(conversation) !== null ? (
        <LatePage script={goesOn} props={{ conversation }} onLost={nothing} />
      ) : may(role, "note") ? (
        <Composer
          key={`${id} ${shownMode}`}
          ref={composer}
          conversation={conversation}
          mode={shownMode}
          onMode={onMode}
          onReplies={onReplies}
          onLater={onLater}
          onSent={onSent}
        />
      ) : (
        <p className="border-t border-line px-5 py-4 text-sm text-ink-faint">{words.roles.reads}</p>
      )}
    </section>
  );
}
