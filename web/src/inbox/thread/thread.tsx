import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Conversation, Message, Part } from "../../api/types";
import { Gallery } from "../../media/gallery";
import { heightOf, isPicture } from "../../media/sizes";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { Late } from "../../ui/late";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { LateHeld } from "../held/late";
import { userName } from "../people";
import { Writing } from "../together/writing";
import { MessageView, NoteView } from "./bubble";
import { type Line, linesOf, mergeMarks } from "./lines";
import { useMentionRead, useRead, useSeen } from "./looked";
import { PendingView } from "./pending";
import { statusMarks } from "./receipts";

/** How near the end still counts as at it, in pixels. */
const END_PX = 60;
/** How long lines are measured again after the window changed its size. */
const SETTLES_MS = 400;
/** Lines before the first at which the page before is fetched. */
const AHEAD = 8;

/** The messages of a conversation: held at the end, older ones by page, without a jump. */
export function Thread({
  conversation,
  target,
  onNewest,
  onTakenBack,
}: {
  conversation: Conversation;
  /** The number of the message to open it at; null: the end. */
  target: number | null;
  /** Leaves an old place for the end. */
  onNewest: () => void;
  onTakenBack: (mode: "reply" | "note") => void;
}) {
  const { id } = conversation;
  const { words, format } = useWords();
  const inbox = useInbox();
  const thread = useWatched(`thread:${id}`, (it) => it.thread(id));
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(target === null);
  // The line "new" is fixed at the moment of opening, so that it does not run away while somebody reads.
  const [newAfter] = useState(conversation.unread > 0 ? conversation.receipts.team_read_seq || null : null);
  const name = userName(conversation, words.list.anonymous);

  const identifiedAfter = conversation.identified?.after_seq ?? null;
  const routedAfter = conversation.routed?.after_seq ?? null;
  const { merged, merged_into } = conversation;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the header these two count
  const merges = useMemo(() => mergeMarks(conversation), [merged, merged_into]);
  const lines = useMemo(
    () => linesOf(thread, newAfter, identifiedAfter, conversation.held, routedAfter, merges),
    [thread, newAfter, identifiedAfter, conversation.held, routedAfter, merges],
  );
  const marks = useMemo(
    () => statusMarks(thread.messages, conversation.receipts),
    [thread.messages, conversation.receipts],
  );
  const keyOf = useCallback((place: number) => lines[place]?.key ?? place, [lines]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (place) => estimate(lines[place]),
    getItemKey: keyOf,
    anchorTo: "end",
    // Somebody who looks at an old place must not be taken along by the pages that come after it.
    followOnAppend: !thread.hasNewer,
    scrollEndThreshold: END_PX,
    overscan: 8,
    paddingStart: 16,
    paddingEnd: 16,
  });
  const items = virtual.getVirtualItems();
  const firstShown = items[0]?.index ?? 0;
  const lastShown = items.at(-1)?.index ?? 0;
  const placeRef = useRef((_: number): number => -1);
  placeRef.current = (seq) => lines.findIndex((it) => it.kind === "message" && it.message.seq === seq);
  const isReady = thread.phase === "ready";

  // Opened: at the end. Written here: at the end, wherever the reader was.
  const lastPending = thread.pending.at(-1)?.id;
  // Before it stands there, the first line is on the screen for a moment and would fetch a page that nobody asked for.
  const [isPlaced, setPlaced] = useState(false);
  useLayoutEffect(() => {
    if (!isReady) return;
    const place = target === null ? -1 : placeRef.current(target);
    if (place < 0) virtual.scrollToEnd();
    else virtual.scrollToIndex(place, { align: "center" });
    const frame = requestAnimationFrame(() => setPlaced(true));
    return () => cancelAnimationFrame(frame);
  }, [isReady, virtual, target]);
  useLayoutEffect(() => {
    if (lastPending) virtual.scrollToEnd();
  }, [lastPending, virtual]);

  // A smaller window or a growing composer must not push the newest message off the screen.
  const wasAtEnd = useRef(target === null);
  const resizedAt = useRef(Number.NEGATIVE_INFINITY);
  wasAtEnd.current = isAtEnd;
  // Whoever turns the wheel or drags means it.
  const meant = () => {
    resizedAt.current = Number.NEGATIVE_INFINITY;
  };
  const scrolled = () => {
    // Empty, everything is at its end: that says nothing about a thread that opens somewhere else.
    if (target !== null && !isPlaced) return;
    const isNow = virtual.isAtEnd(END_PX);
    // After a resize the lines get other heights for some frames: that is no reader who scrolls away.
    const isSettling = performance.now() - resizedAt.current < SETTLES_MS;
    if (!isNow && isSettling && wasAtEnd.current) virtual.scrollToEnd();
    else setAtEnd(isNow);
  };
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      resizedAt.current = performance.now();
      if (wasAtEnd.current) virtual.scrollToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtual]);

  useEffect(() => {
    const isNear = isPlaced && firstShown < AHEAD;
    if (isNear && thread.hasOlder && thread.older === "idle") void inbox.olderInThread(id);
  }, [inbox, id, isPlaced, thread.hasOlder, thread.older, firstShown]);

  useEffect(() => {
    const isNear = isPlaced && lastShown >= lines.length - AHEAD;
    if (isNear && thread.hasNewer) void inbox.newerInThread(id);
  }, [inbox, id, isPlaced, thread.hasNewer, lastShown, lines.length]);

  // Heights become known after a picture, without a scroll: look again after each.
  useEffect(scrolled);
  const shown = thread.messages.at(-1)?.seq ?? 0;
  useSeen(id, shown, isReady && isAtEnd && !thread.hasNewer);
  useRead(conversation, shown, isReady && isAtEnd && !thread.hasNewer);
  useMentionRead(conversation, isReady);

  const authorOf = ({ author }: Message) =>
    author.kind === "user" ? name : author.kind === "agent" ? author.name : words.thread.system;
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        id="thread"
        role="log"
        aria-live="off"
        aria-label={words.thread.messages}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        tabIndex={0}
        onScroll={scrolled}
        onWheel={meant}
        onPointerDown={meant}
        onTouchMove={meant}
        onKeyDown={meant}
        className="h-full overflow-y-auto overscroll-contain focus-visible:outline-offset-[-3px]"
      >
        {!thread.hasOlder && isReady && !isOpenedWith(conversation, thread.messages[0]) && (
          <p className="pt-6 text-center text-xs text-ink-faint">
            {words.thread.start(format.day(new Date(conversation.created_at), new Date()))}
          </p>
        )}
        <Gallery messages={thread.messages} nameOf={authorOf}>
          <div className="relative mx-auto w-full max-w-4xl" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const line = lines[item.index];
              return (
                line && (
                  <div
                    key={item.key}
                    ref={virtual.measureElement}
                    data-index={item.index}
                    className="absolute top-0 left-0 w-full px-4 pair:px-6"
                    style={{ transform: `translateY(${item.start}px)` }}
                  >
                    <LineView
                      line={line}
                      target={target}
                      conversation={id}
                      user={name}
                      me={inbox.me.id}
                      marks={marks}
                      onTakenBack={onTakenBack}
                    />
                  </div>
                )
              );
            })}
          </div>
        </Gallery>
      </div>
      {thread.older === "loading" && <Floating>{words.thread.older}</Floating>}
      {thread.older === "failed" && (
        <Floating>
          {words.thread.olderFailed}
          <Button onClick={() => void inbox.olderInThread(id)}>{words.list.retry}</Button>
        </Floating>
      )}
      {thread.hasNewer && (
        <Floating>
          {words.thread.old}
          <Button look="accent" onClick={onNewest}>
            {words.thread.toNewest}
          </Button>
        </Floating>
      )}
      {!isAtEnd && isReady && (
        <Button
          look="line"
          size="icon"
          onClick={() => (thread.hasNewer ? onNewest() : virtual.scrollToEnd({ behavior: "smooth" }))}
          className="absolute right-5 bottom-3 rounded-full shadow-float"
          aria-label={words.thread.toNewest}
        >
          <Icon name="down" />
        </Button>
      )}
      <Writing conversation={id} user={name} />
    </div>
  );
}

/** Whether the thread was opened on the day of its first message, which the line of that day says already. */
function isOpenedWith(conversation: Conversation, first: Message | undefined): boolean {
  const day = (at: string) => new Date(at).toDateString();
  return first !== undefined && day(first.sent_at) === day(conversation.created_at);
}

function Floating({ children }: { children: React.ReactNode }) {
  return (
    <div
      role="status"
      className="absolute top-2 left-1/2 flex w-max max-w-[calc(100%-2rem)] -translate-x-1/2 items-center gap-2 rounded-full border border-line bg-raised px-3 py-1 text-xs text-ink-soft shadow-float"
    >
      {children}
    </div>
  );
}

function LineView({
  line,
  target,
  conversation,
  user,
  me,
  marks,
  onTakenBack,
}: {
  line: Line;
  conversation: string;
  target: number | null;
  user: string;
  me: string;
  marks: ReturnType<typeof statusMarks>;
  onTakenBack: (mode: "reply" | "note") => void;
}) {
  const { words, format } = useWords();
  switch (line.kind) {
    case "day":
      return (
        <div className="flex items-center gap-4 pt-5 pb-3">
          <span className="h-px flex-1 bg-line" />
          <h3 className="text-xs font-medium text-ink-faint first-letter:uppercase">
            {format.day(line.at, new Date())}
          </h3>
          <span className="h-px flex-1 bg-line" />
        </div>
      );
    case "new":
      return (
        <div className="flex items-center gap-3 py-2 text-xs font-semibold text-danger">
          <span className="h-px flex-1 bg-danger-line" />
          {words.thread.newLine}
          <span className="h-px flex-1 bg-danger-line" />
        </div>
      );
    case "identified":
      return (
        <p className="flex items-center justify-center gap-1.5 py-3 text-xs text-ink-faint">
          <Icon name="shield" size="small" />
          {words.thread.identified(user)}
        </p>
      );
    case "routed":
      return <Late panel={routedLine} props={{ conversation, onClose: nothing }} />;
    case "merge":
      return <Late panel={mergeLine} props={{ conversation, mark: line.mark, user, onClose: nothing }} />;
    case "message": {
      const { message, isFollowing } = line;
      return (
        <div
          className={`${isFollowing ? "pt-1" : "pt-4"} ${message.seq === target ? "found rounded-2xl" : ""}`}
        >
          <MessageView
            message={message}
            isFollowing={isFollowing}
            status={marks.get(message.id) ?? null}
            user={user}
            me={me}
          />
        </div>
      );
    }
    case "note":
      return (
        <div className="pt-4">
          <NoteView note={line.note} me={me} />
        </div>
      );
    case "held":
      return (
        <div className="pt-4">
          <LateHeld held={line.held} conversation={conversation} user={user} onTakenBack={onTakenBack} />
        </div>
      );
    case "pending":
      return (
        <div className="pt-4">
          <PendingView intent={line.intent} user={user} onTakenBack={onTakenBack} />
        </div>
      );
  }
}

const routedLine = () => import("./routed");
const mergeLine = () => import("../merge/line");
const nothing = () => {};

/** A place with its words and buttons. */
const PLACE_PX = 250;

const pictureOf = (part: Part) => (part.type === "attachment" && isPicture(part) ? [part] : []);

/** A height before the real one is known: near enough that the first picture does not move. */
function estimate(line: Line | undefined): number {
  switch (line?.kind) {
    case "day":
      return 50;
    case "new":
    case "identified":
    case "routed":
      return 36;
    case "merge":
      return 60;
    case "message":
      return (
        (line.isFollowing ? 44 : 76) +
        heightOf(line.message.parts.flatMap(pictureOf)) +
        line.message.parts.filter((part) => part.type === "location").length * PLACE_PX
      );
    default:
      return 96;
  }
}
