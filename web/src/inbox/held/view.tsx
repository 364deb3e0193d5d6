import { type ReactNode, useEffect, useState } from "react";
import { may } from "../../api/roles";
import type { HeldReply } from "../../api/types";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { Body } from "../thread/body";
import { Bubble, Time } from "../thread/bubble";
import { Quoted } from "../thread/quote";
import { Approval } from "./approval";
import LaterDialog from "./later";
import { heldWords } from "./words";

/** A reply that the server holds: what it waits for, and what can be done about it. */
export function HeldView({
  held,
  conversation,
  user,
  onTakenBack,
}: {
  held: HeldReply;
  conversation: string;
  user: string;
  onTakenBack: (mode: "reply" | "note") => void;
}) {
  const { words } = useWords();
  const inbox = useInbox();
  const isOwn = held.agent_id === inbox.me.id;
  const takeBack = async () => {
    await inbox.answers.takeHeldBack(conversation, held);
    onTakenBack("reply");
  };
  return (
    <article
      aria-label={isOwn ? words.thread.you : held.agent_name}
      data-pending={held.id}
      data-held={held.waits_for}
    >
      <Bubble
        side="agent"
        look={held.waits_for === "author" ? "failed" : "held"}
        above={
          <>
            <bdi className="font-medium text-ink-soft">{isOwn ? words.thread.you : held.agent_name}</bdi> ·{" "}
            <Time at={held.held_at} />
          </>
        }
        below={<Mark held={held} conversation={conversation} onUndo={takeBack} />}
      >
        {held.quote && <Quoted conversation={conversation} id={held.quote} user={user} />}
        <Body parts={held.parts} />
      </Bubble>
      {held.waits_for !== "undo" && (
        <Choices held={held} conversation={conversation} isOwn={isOwn} onTakeBack={takeBack} />
      )}
    </article>
  );
}

/** Says what it waits for. */
function Mark({
  held,
  conversation,
  onUndo,
}: {
  held: HeldReply;
  conversation: string;
  onUndo: () => Promise<void>;
}) {
  const { language, format } = useWords();
  const own = heldWords[language];
  const inbox = useInbox();
  const isSending = useWatched("outbox", (it) =>
    it.intents(conversation).some((intent) => intent.kind === "release" && intent.message === held.id),
  );
  const said = (children: ReactNode) => (
    <span data-status="held" className="inline-flex flex-wrap items-center justify-end gap-1.5">
      <Icon name={held.waits_for === "author" ? "alert" : "clock"} size="small" />
      {children}
      {held.then_close && held.waits_for !== "author" && <span>· {own.closes}</span>}
    </span>
  );
  if (isSending) return said(own.sending);
  switch (held.waits_for) {
    case "undo":
      return said(
        <>
          <Countdown held={held} />
          {(may(inbox.me.role, "answer") || held.agent_id === inbox.me.id) && (
            <button
              type="button"
              onClick={() => void onUndo()}
              className="min-h-6 rounded px-1 font-medium text-accent underline-offset-2 hover:underline"
            >
              {own.undo}
            </button>
          )}
        </>,
      );
    case "time":
      return said(
        <time dateTime={held.send_at ?? ""}>
          {held.send_at && Date.parse(held.send_at) > Date.now()
            ? own.at(format.when(new Date(held.send_at), new Date()))
            : own.now}
        </time>,
      );
    case "approval":
      return said(own.waits);
    default:
      return said(own.returned[held.returned?.why ?? "unknown"] ?? own.returned.unknown);
  }
}

/** How long a reply can still be had back. This device's clock may be wrong: it is never longer than it was held for. */
function Countdown({ held }: { held: HeldReply }) {
  const { language, format } = useWords();
  const own = heldWords[language];
  const end = Date.parse(held.send_at ?? held.held_at);
  const longest = end - Date.parse(held.held_at);
  const [left, setLeft] = useState(() => end - Date.now());
  useEffect(() => {
    const timer = setInterval(() => setLeft(end - Date.now()), 250);
    return () => clearInterval(timer);
  }, [end]);
  const seconds = Math.ceil(Math.min(left, longest) / 1_000);
  return <span className="numeric">{seconds > 0 ? own.soon(format.number(seconds)) : own.now}</span>;
}

function Choices({
  held,
  conversation,
  isOwn,
  onTakeBack,
}: {
  held: HeldReply;
  conversation: string;
  isOwn: boolean;
  onTakeBack: () => Promise<void>;
}) {
  const { language } = useWords();
  const own = heldWords[language];
  const inbox = useInbox();
  const { answers } = inbox;
  const [isChoosing, setChoosing] = useState(false);
  const answersHere = may(inbox.me.role, "answer");
  const { returned, waits_for } = held;
  const isApproval = waits_for === "approval";
  if (!answersHere && !isOwn) return null;
  const who = returned?.agent_id ? (inbox.agents.get(returned.agent_id)?.name ?? "") : "";
  return (
    <section
      aria-label={isApproval ? own.waits : own.otherTime}
      data-choices={waits_for}
      className={`mt-2 ml-auto ${isApproval && answersHere ? "" : "w-fit"} max-w-[min(38rem,100%)] rounded-xl border bg-surface p-3 shadow-raised ${waits_for === "author" ? "border-danger-line" : "border-line"}`}
    >
      {returned?.note && (
        <div className="mb-2.5 text-sm">
          <p className="text-ink-faint">{own.sentBackBy(who)}</p>
          <p className="mt-1 rounded-lg bg-note px-3 py-2 whitespace-pre-wrap text-note-ink">
            <bdi>{returned.note}</bdi>
          </p>
        </div>
      )}
      {isApproval && answersHere ? (
        <Approval held={held} conversation={conversation} />
      ) : (
        <div className="flex flex-wrap justify-end gap-2">
          {isApproval && <p className="mr-auto self-center text-sm text-ink-faint">{own.waitsMore}</p>}
          {waits_for === "time" && answersHere && (
            <>
              <Button look="line" onClick={() => void answers.release(conversation, held)}>
                {own.sendNow}
              </Button>
              <Button look="line" onClick={() => setChoosing(true)}>
                {own.otherTime}
              </Button>
            </>
          )}
          {waits_for === "author" && answersHere && returned?.why === "moved" && (
            <Button look="solid" onClick={() => void answers.release(conversation, held)}>
              {own.sendAnyway}
            </Button>
          )}
          <Button look="line" onClick={() => void onTakeBack()}>
            {isApproval ? own.takeBack : own.edit}
          </Button>
          <Button look="danger" onClick={() => void answers.drop(conversation, held)}>
            {own.discard}
          </Button>
        </div>
      )}
      {isChoosing && (
        <LaterDialog
          isOther
          onChoose={(at) => void answers.setTime(conversation, held, at.toISOString())}
          onClose={() => setChoosing(false)}
        />
      )}
    </section>
  );
}
