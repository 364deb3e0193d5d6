import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { baseOf, isListed, isNarrow, type SHELVES, type Shelf } from "../../sync/shelf";
import { Button } from "../../ui/button";
import { Empty } from "../../ui/empty";
import { Icon, type IconName } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { useShelfName } from "../shelfname";
import { AWAY, type HeldRows, holdRows, isKeyAlone, POINTER_HOLDS_MS, pointerHolds } from "./hold";
import type { Picks } from "./picks";
import { Row } from "./row";

const ROW_HEIGHT = 88;
/** Rows before the end at which the next page is fetched. */
const AHEAD = 15;
/** Threads below the open one that are fetched ahead, once nobody moved for a moment. */
const AHEAD_THREADS = 4;
const QUIET_MS = 300;

/** The conversations of a view. Only what is on the screen is in the document; pages come as somebody scrolls. */
export function List({
  view,
  selected,
  picks,
  onOpen,
  onRows,
  onUnassigned,
}: {
  view: Shelf;
  selected: string | null;
  picks: Picks;
  onOpen: (id: string) => void;
  /** Tells the order on the screen, for the keys that go through it. */
  onRows: (rows: readonly string[]) => void;
  onUnassigned: () => void;
}) {
  const { words } = useWords();
  const inbox = useInbox();
  const name = useShelfName(view);
  const list = useWatched(`view:${view}`, (it) => it.list(view));
  const counts = useWatched("counts", (it) => it.counts());
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, newer, release, pointed, left } = useHeldRows(list.rows, scroller);

  useEffect(() => void inbox.ensureList(view), [inbox, view]);
  useEffect(() => {
    if (isListed(view) && !list.isKnown && list.status === "idle") void inbox.ensureList(view);
  }, [inbox, view, list.isKnown, list.status]);
  useLayoutEffect(() => onRows(rows), [rows, onRows]);

  const keyOf = useCallback((place: number) => rows[place] ?? "end", [rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: keyOf,
    overscan: 6,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? -1;

  useEffect(() => {
    const isNear = lastShown >= rows.length - AHEAD;
    if (list.isKnown && list.hasMore && list.status === "idle" && isNear) void inbox.moreOfList(view);
  }, [inbox, view, list.isKnown, list.hasMore, list.status, lastShown, rows.length]);

  // Whoever goes through the list waits for no thread: the neighbours and the first are fetched ahead.
  const isLive = useWatched("line", (it) => it.isLive());
  useEffect(() => {
    if (!isLive) return;
    const timer = setTimeout(() => {
      const at = selected === null ? 0 : rows.indexOf(selected) + 1;
      inbox.lookAhead([...rows.slice(at, at + AHEAD_THREADS), ...rows.slice(Math.max(0, at - 2), at)]);
    }, QUIET_MS);
    return () => clearTimeout(timer);
  }, [inbox, isLive, selected, rows]);

  // The selected row stays on the screen when the keys move it; not when the list moves around it.
  const place = selected === null ? -1 : rows.indexOf(selected);
  const placeRef = useRef(place);
  placeRef.current = place;
  useEffect(() => {
    if (selected !== null && placeRef.current >= 0)
      virtual.scrollToIndex(placeRef.current, { align: "auto" });
  }, [selected, virtual]);

  if (list.isKnown && rows.length === 0 && list.status === "idle" && !list.hasMore) {
    return <EmptyView view={view} onUnassigned={onUnassigned} hasUnassigned={counts.unassigned > 0} />;
  }
  return (
    // The button above the rows is within: on its way there the pointer must not let go of them.
    <div className="relative min-h-0 flex-1" onPointerMove={pointed} onPointerLeave={left}>
      {/* The open conversation on top is the agent's own doing, and no news. */}
      {newer > 0 && list.rows[0] !== selected && (
        <Button
          look="solid"
          onClick={release}
          className="absolute top-2 left-1/2 z-10 min-h-8 -translate-x-1/2 rounded-full px-3 text-xs shadow-float"
        >
          <Icon name="up" size="small" />
          {words.list.newer(newer)}
        </Button>
      )}
      <div
        ref={scroller}
        id="conversations"
        role="listbox"
        aria-multiselectable={picks.ids.size > 0}
        tabIndex={0}
        aria-label={words.list.label(name)}
        aria-activedescendant={place >= 0 ? `row-${selected}` : undefined}
        aria-busy={list.status === "loading"}
        className={`group h-full overflow-y-auto overscroll-contain px-2 pb-4 focus-visible:outline-offset-[-3px] ${place >= 0 ? "outline-none" : ""}`}
      >
        <div role="presentation" className="relative w-full" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const id = rows[item.index] ?? "";
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the focus, and the page's keys move it
              <div
                key={item.key}
                id={`row-${id}`}
                ref={virtual.measureElement}
                data-index={item.index}
                data-conversation={id}
                role="option"
                tabIndex={-1}
                aria-selected={id === selected}
                aria-checked={picks.ids.size > 0 ? picks.ids.has(id) : undefined}
                aria-setsize={
                  list.hasMore && isListed(view) && !isNarrow(view)
                    ? Math.max(counts[baseOf(view)], rows.length)
                    : rows.length
                }
                aria-posinset={item.index + 1}
                onClick={(event) => {
                  const isPick = event.target instanceof Element && event.target.closest("[data-pick]");
                  if (event.shiftKey) picks.reach(id, rows);
                  else if (isPick || event.metaKey || event.ctrlKey) picks.toggle(id);
                  else onOpen(id);
                }}
                onMouseDown={(event) => event.shiftKey && event.preventDefault()}
                className="absolute top-0 left-0 w-full cursor-pointer py-px [contain:layout_style]"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <Row
                  id={id}
                  isSelected={id === selected}
                  isMine={view === "mine"}
                  isPicked={picks.ids.has(id)}
                  isPicking={picks.ids.size > 0}
                />
              </div>
            );
          })}
        </div>
        {list.status === "loading" && <Skeleton />}
        {list.status === "failed" && (
          <div
            role="presentation"
            className="flex flex-col items-center gap-2 p-6 text-center text-sm text-ink-soft"
          >
            {words.list.failed}
          </div>
        )}
      </div>
      {list.status === "failed" && (
        <div className="absolute inset-x-0 bottom-3 flex justify-center">
          <Button look="line" onClick={() => void inbox.moreOfList(view)}>
            {words.list.retry}
          </Button>
        </div>
      )}
      <span role="status" className="sr-only">
        {list.status === "loading" && !list.isKnown ? words.list.loading : ""}
      </span>
    </div>
  );
}

/** Holds the order while the list is scrolled or pointed at, so that no row goes from under a click; else it follows the truth. */
function useHeldRows(now: readonly string[], scroller: React.RefObject<HTMLDivElement | null>) {
  const shown = useRef<readonly string[]>(now);
  const pointer = useRef(AWAY);
  const [, rerender] = useState(0);
  const isHeld = (scroller.current?.scrollTop ?? 0) > 24 || pointerHolds(pointer.current, performance.now());
  // Scrolling renders for each frame: what was held against the same truth is not worked out again.
  const last = useRef<{ now: readonly string[]; held: HeldRows } | null>(null);
  const isKnown = last.current?.now === now && last.current.held.rows === shown.current;
  const again = isKnown && last.current ? last.current.held : holdRows(shown.current, now);
  const held: HeldRows = isHeld ? again : { rows: now, newer: 0 };
  useLayoutEffect(() => {
    shown.current = held.rows;
    last.current = { now, held };
  });
  // A pointer that rests is forgotten in the end.
  useEffect(() => {
    if (held.rows === now) return;
    const rested = performance.now() - pointer.current.movedAt;
    const wait = rested < POINTER_HOLDS_MS ? POINTER_HOLDS_MS - rested : POINTER_HOLDS_MS;
    const timer = setTimeout(() => rerender((count) => count + 1), wait);
    return () => clearTimeout(timer);
  });
  const left = useCallback(() => {
    if (!pointer.current.isOver) return;
    pointer.current = AWAY;
    rerender((count) => count + 1);
  }, []);
  // Nobody points at a page that is not shown, nor while they go on by the keys.
  useEffect(() => {
    const pressed = ({ key }: KeyboardEvent) => isKeyAlone(key) && left();
    const hidden = () => document.visibilityState === "hidden" && left();
    window.addEventListener("keydown", pressed);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      window.removeEventListener("keydown", pressed);
      document.removeEventListener("visibilitychange", hidden);
    };
  }, [left]);
  return {
    ...held,
    left,
    pointed: () => {
      pointer.current = { isOver: true, movedAt: performance.now() };
    },
    release: () => {
      pointer.current = AWAY;
      scroller.current?.scrollTo({ top: 0 });
      shown.current = now;
      rerender((count) => count + 1);
    },
  };
}

type Plain = (typeof SHELVES)[number];

const EMPTY_ICONS: Record<Plain, IconName> = {
  mine: "inbox",
  unassigned: "check",
  all: "inbox",
  snoozed: "clock",
  closed: "archive",
  approvals: "checks",
  mentions: "at",
  drafts: "pencil",
};

function EmptyView({
  view,
  hasUnassigned,
  onUnassigned,
}: {
  view: Shelf;
  hasUnassigned: boolean;
  onUnassigned: () => void;
}) {
  const { words } = useWords();
  const kind = isNarrow(view) ? "narrowed" : (view as Plain);
  return (
    <div className="min-h-0 flex-1">
      <Empty
        icon={kind === "narrowed" ? "list" : EMPTY_ICONS[kind]}
        title={words.empty[kind]}
        more={words.empty[`${kind}More`]}
      >
        {view === "mine" && hasUnassigned && (
          <Button look="line" size="normal" onClick={onUnassigned}>
            {words.empty.mineAction}
          </Button>
        )}
      </Empty>
    </div>
  );
}

function Skeleton() {
  return (
    <div role="presentation" className="animate-pulse">
      {[0, 1, 2, 3, 4].map((place) => (
        <div key={place} className="flex gap-3 px-3 py-3.5">
          <div className="size-9 rounded-full bg-hover" />
          <div className="flex-1 space-y-2 pt-1">
            <div className="h-2.5 w-2/5 rounded bg-hover" />
            <div className="h-2.5 w-4/5 rounded bg-hover" />
          </div>
        </div>
      ))}
    </div>
  );
}
