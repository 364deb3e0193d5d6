import { useCallback, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { Mark } from "../account/mark";
import { AccountMenu } from "../account/menu";
import type { Asked, Conversation, Message } from "../api/types";
import { allowed } from "../keys/allowed";
import { useHint } from "../keys/kept";
import { type Actions, useKeys } from "../keys/useKeys";
import { OpenLedger } from "../ledger/context";
import { Announcer } from "../notify/announcer";
import { DoneBar } from "../notify/done";
import { Notices } from "../notify/notices";
import { useTitle } from "../notify/title";
import { useNotifier } from "../notify/useNotifier";
import { LatePalette, usePaletteSoon } from "../palette/later";
import { isReports, type Place, pathOf, placeOf, settingsOf } from "../paths";
import { type Decision, mergedInto } from "../sync/decisions";
import { baseOf, holds, isByWait, isListed, reordered, type Shelf } from "../sync/shelf";
import type { DraftMode } from "../sync/storage";
import { Button } from "../ui/button";
import { Empty } from "../ui/empty";
import { Icon } from "../ui/icon";
import { Kbd } from "../ui/kbd";
import { Late } from "../ui/late";
import { useWords } from "../words/words";
import { HeldBar, LineBar, StorageBar } from "./bars";
import type { ComposerHandle } from "./composer/composer";
import { mark } from "./composer/mark";
import { useInbox, useWatched } from "./context";
import { LatePane, loadPane } from "./latepane";
import { copyLinkHere } from "./link";
import { List } from "./list/list";
import { PickBar } from "./list/pickbar";
import { usePicks } from "./list/picks";
import { ViewNav } from "./nav";
import { userName } from "./people";
import type { PersonPlace } from "./person/card";
import { usePersonColumn } from "./personplace";
import { SavedNav } from "./savednav";
import { useShelfName } from "./shelfname";
import { isTriage, type Triage } from "./triage/kinds";

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

type Overlay =
  | "none"
  | Triage
  | "replies"
  | "later"
  | "keys"
  | "palette"
  | "search"
  | "ledger"
  | "narrow"
  | "person"
  | "takeOver"
  | "alerts"
  | "availability";

/** Whether a dialog is about the conversation that is open, or about those that are picked. */
const isAboutThese = (what: Overlay) =>
  isTriage(what) || ["replies", "later", "ledger", "person", "takeOver"].includes(what);

const keysHelp = () => import("../keys/help");
const settingsPage = () => import("../settings/page");
const reportsPage = () => import("../reports/page");
const alertsPanel = () => import("../notify/settings");
const repliesPanel = () => import("./replies/dialog");
const laterPanel = () => import("./held/later");
const triagePanel = () => import("./triage/dialog");
const viewsDialog = () => import("./views/dialog");
const ledgerPanel = () => import("../ledger/panel");
const availabilityPanel = () => import("../availability/panel");
const awayBar = () => import("../availability/bar");
const takeOverDialog = () => import("./together/takeover");
const personCard = () => import("./person/card");

const nothing = () => {};

/** The whole inbox: views, list, conversation; three columns, two, or one at a time, as the window allows. */
export function Screen({ onSignedOut }: { onSignedOut: () => void }) {
  const { words } = useWords();
  const inbox = useInbox();
  const [path, navigate] = useLocation();
  const settings = settingsOf(path);
  const reports = isReports(path);
  // Settings and reports lie over the place from which they were opened.
  const behind = useRef("");
  if (settings === null && !reports) behind.current = path;
  const place = placeOf(behind.current);
  const { view, conversation: open } = place;
  const conversation = useWatched(`conversation:${open}`, (it) => (open ? it.conversation(open) : undefined));
  const [modes, setModes] = useState<ReadonlyMap<string, DraftMode>>(new Map());
  const [overlay, setOverlay] = useState<Overlay>("none");
  // A notification and the browser's own Back go on to another conversation beneath an open dialog: it goes, too, and is
  // never confirmed for one that it was not opened for.
  const [opened, setOpened] = useState({ view, open });
  if (opened.view !== view || opened.open !== open) {
    setOpened({ view, open });
    if (isAboutThese(overlay)) setOverlay("none");
  }
  const [fault, setFault] = useState(false);
  const rows = useRef<readonly string[]>([]);
  const composer = useRef<ComposerHandle>(null);
  const [wanted, setWanted] = useState<{ conversation: string } | null>(null);

  useTitle(conversation ? userName(conversation, words.list.anonymous) : null);
  useEffect(() => {
    if (settings === null && !reports && path !== pathOf(place)) navigate(pathOf(place), { replace: true });
  });

  const go = useCallback(
    (to: Partial<Place>) => {
      const conversation = to.conversation === undefined ? open : to.conversation;
      navigate(pathOf({ view: to.view ?? view, conversation, message: to.message ?? null }));
    },
    [navigate, view, open],
  );
  const onRows = useCallback((shown: readonly string[]) => {
    rows.current = shown;
  }, []);

  const modeOf = (id: string): DraftMode =>
    modes.get(id) ?? (inbox.drafts.text(id, "note") && !inbox.drafts.text(id, "reply") ? "note" : "reply");
  const write = (mode: DraftMode) => {
    if (!open) return false;
    setModes((old) => new Map(old).set(open, mode));
    setWanted({ conversation: open });
    return true;
  };
  // After the mode has changed the field is another one: focus it when it stands, now or when its script is here.
  const awaited = useRef<string | null>(null);
  useEffect(() => {
    if (!wanted) return;
    if (composer.current) composer.current.focus();
    else awaited.current = wanted.conversation;
  }, [wanted]);
  const composerHere = useCallback(
    (handle: ComposerHandle | null) => {
      composer.current = handle;
      if (!handle || awaited.current === null) return;
      // Who has gone on to another conversation meanwhile writes nothing in it.
      if (awaited.current === open) handle.focus();
      awaited.current = null;
    },
    [open],
  );
  useEffect(() => void loadPane().catch(() => {}), []);

  useNotifier(
    open,
    useCallback((conversation) => go({ view: "all", conversation }), [go]),
  );

  const narrowHint = useHint("narrow");
  const orderHint = useHint("order");
  const shelfName = useShelfName(view);
  const other = reordered(view);
  const orderName = isByWait(view) ? words.views.newest : words.views.longest;
  const isClosed = isListed(view) && baseOf(view) === "closed";
  const picks = usePicks(view);
  const hasSubject = conversation !== undefined || picks.ids.size > 0 || undefined;
  const isMerged = picks.ids.size === 0 && conversation && mergedInto(conversation) !== null;
  const merged = isMerged || undefined;
  const isOpen = (picks.ids.size > 0 ? !isClosed : conversation?.state === "open") || undefined;

  const stored = useCallback((saving: Promise<void>) => {
    setFault(false);
    saving.catch(() => setFault(true));
  }, []);
  const focusList = () => document.getElementById("conversations")?.focus();
  const step = (by: 1 | -1, andPick = false) => {
    const at = open ? rows.current.indexOf(open) : -1;
    const next = at < 0 ? rows.current[0] : rows.current[at + by];
    if (!next) return;
    if (andPick) {
      if (open && picks.ids.size === 0) picks.all([open]);
      picks.reach(next, rows.current);
    }
    // The thread that has the focus is about to go: the list takes it, and the keys go on.
    if (document.activeElement?.closest("main")) focusList();
    go({ conversation: next });
  };
  /** Who comes after this one when it leaves the view. */
  const leave = () => {
    const at = open ? rows.current.indexOf(open) : -1;
    const next = at < 0 ? null : (rows.current[at + 1] ?? rows.current[at - 1] ?? null);
    go({ conversation: next });
    focusList();
  };
  const decide = useCallback(
    (decision: Decision) => {
      const all = picks.ids.size > 0 ? [...picks.ids] : open ? [open] : [];
      // Into which others go, stays.
      const ids = decision.kind === "merge" ? all.filter((id) => id !== decision.into) : all;
      if (ids.length > 0) stored(inbox.decide(ids, decision));
      picks.clear();
      if (decision.kind === "merge" && decision.into !== null) go({ conversation: decision.into });
    },
    [inbox, open, picks, stored, go],
  );
  const takeNow = () => decide({ kind: "assign", agent: inbox.me.id });
  const [theirs, setTheirs] = useState<readonly Conversation[]>([]);
  const take = () => {
    const all = picks.ids.size > 0 ? [...picks.ids] : open ? [open] : [];
    const isTheirs = ({ assignee_id: id }: Conversation) => Boolean(id) && id !== inbox.me.id;
    const found = all.flatMap((id) => inbox.conversation(id) ?? []).filter(isTheirs);
    if (found.length === 0) return takeNow();
    setTheirs(found);
    setOverlay("takeOver");
  };
  const toggle = (andLeave: boolean) => {
    if (picks.ids.size > 0) {
      return decide({ kind: "state", state: isClosed ? "open" : "closed" });
    }
    if (!conversation) return false;
    if (merged) {
      decide({ kind: "merge", into: null });
      return true;
    }
    const next = conversation.state === "open" ? "closed" : "open";
    stored(inbox.decide([conversation.id], { kind: "state", state: next }));
    if (andLeave) leave();
    return true;
  };
  const undo = () => {
    if (!inbox.lastDone()) return false;
    void inbox.undo().then((id) => {
      if (!id) return;
      const stands = inbox.conversation(id);
      const isHere = stands && isListed(view) && holds(view, inbox.me.id)(stands);
      go({ view: isHere ? view : "all", conversation: id });
    });
  };
  const back = () => {
    const active = document.activeElement;
    if (picks.ids.size > 0 && active?.id !== "composer") return picks.clear();
    if (active?.id === "composer") document.getElementById("thread")?.focus();
    else if (open && window.matchMedia("(width < 47.5rem)").matches) go({ conversation: null });
    else focusList();
  };

  usePaletteSoon();

  const [asked, setAsked] = useState<Message | null>(null);
  const openLedger = useCallback(
    (message: string) => {
      const found = open && inbox.thread(open).messages.find(({ id }) => id === message);
      if (!found) return;
      setAsked(found);
      setOverlay("ledger");
    },
    [inbox, open],
  );
  const closeOverlay = useCallback(() => setOverlay("none"), []);
  const column = usePersonColumn();
  const isBeside = column.isShown && conversation !== undefined;
  const keepBeside = (place: PersonPlace) => {
    column.show(place === "beside");
    closeOverlay();
  };
  const closePerson = () => (isBeside ? keepBeside("over") : closeOverlay());
  const openPerson = () => (isBeside ? document.getElementById("person")?.focus() : setOverlay("person"));
  const goShelf = (shelf: Shelf) => go({ view: shelf, conversation: null });
  const goSettings = useCallback((section: string) => navigate(`/settings/${section}`), [navigate]);
  const closePage = useCallback(() => navigate(behind.current || "/"), [navigate]);
  const openAvailability = useCallback(() => setOverlay("availability"), []);
  const openSettings = () => navigate("/settings");
  const openReports = () => navigate("/reports");

  const sendAt = (at: Date) => composer.current?.sendAt(at);
  const insert = (words: string) => {
    write("reply");
    requestAnimationFrame(() => composer.current?.insert(words));
  };

  /** The words of the reply being written say then what it is for. */
  const ask = (what: Asked) =>
    open && !merged
      ? () => {
          inbox.answers.setAsk(open, what);
          write("reply");
        }
      : undefined;

  const actions: Actions = {
    next: () => step(1),
    previous: () => step(-1),
    enter: () => {
      if (!open) step(1);
      else document.getElementById("thread")?.focus();
    },
    back,
    reply: () => write("reply"),
    note: () => write("note"),
    quote: () => (open && inbox.quoteOlder(open) ? write("reply") : false),
    attach: () => {
      if (!open) return false;
      write("reply");
      // The field of replies may only come to stand there now.
      requestAnimationFrame(() => composer.current?.choose());
    },
    replies: () => setOverlay("replies"),
    askPlace: ask("place"),
    askPhoto: ask("photo"),
    edit: () => (open ? inbox.edit(open) : false),
    ledger: () => {
      const last = open ? inbox.thread(open).messages.findLast((it) => inbox.isOwn(it)) : undefined;
      if (!last) return false;
      openLedger(last.id);
      return true;
    },
    person: conversation && openPerson,
    copyLink: open ? () => void copyLinkHere(open, words.link) : undefined,
    send: () => document.activeElement?.id === "composer" && composer.current?.send(false),
    sendAndClose: () => document.activeElement?.id === "composer" && composer.current?.send(true),
    sendLater: () => {
      if (!composer.current?.canSendReply()) return false;
      setOverlay("later");
      return true;
    },
    strong: () => mark("**"),
    emphasis: () => mark("_"),
    close: () => toggle(true),
    closeStay: () => toggle(false),
    assign: hasSubject && (() => setOverlay("assign")),
    take: hasSubject && take,
    snooze: isOpen && (() => setOverlay("snooze")),
    priority: hasSubject && (() => setOverlay("priority")),
    tags: hasSubject && (() => setOverlay("tags")),
    merge: merged ? undefined : hasSubject && (() => setOverlay("merge")),
    unmerge: merged && (() => decide({ kind: "merge", into: null })),
    pick: () => (open ? picks.toggle(open) : false),
    pickRange: () => (open ? picks.reach(open, rows.current) : false),
    pickNext: () => step(1, true),
    pickPrevious: () => step(-1, true),
    narrow: () => setOverlay("narrow"),
    order: other ? () => go({ view: other }) : undefined,
    goMine: () => go({ view: "mine", conversation: null }),
    goUnassigned: () => go({ view: "unassigned", conversation: null }),
    goAll: () => go({ view: "all", conversation: null }),
    goDrafts: () => go({ view: "drafts", conversation: null }),
    goSnoozed: () => go({ view: "snoozed", conversation: null }),
    goMentions: () => go({ view: "mentions", conversation: null }),
    goApprovals: () => go({ view: "approvals", conversation: null }),
    goClosed: () => go({ view: "closed", conversation: null }),
    undo,
    palette: () => setOverlay("palette"),
    search: () => setOverlay("search"),
    alerts: () => setOverlay("alerts"),
    availability: openAvailability,
    settings: openSettings,
    reports: openReports,
    help: () => setOverlay("keys"),
  };
  const offered = allowed(actions, inbox.me.role);
  useKeys(offered);

  const account = (
    <AccountMenu
      onAlerts={() => setOverlay("alerts")}
      onAvailability={openAvailability}
      onSettings={openSettings}
      onReports={openReports}
      onSignedOut={onSignedOut}
    />
  );
  return (
    <div className="flex h-full flex-col">
      <LineBar />
      <StorageBar />
      <Late panel={awayBar} props={{ onOpen: openAvailability, onClose: nothing }} />
      <HeldBar open={open} onShow={(id) => go({ view: "all", conversation: id })} />
      <div
        className={`grid min-h-0 flex-1 grid-cols-1 pair:grid-cols-[minmax(18rem,23rem)_1fr] triple:grid-cols-[15rem_minmax(20rem,24rem)_1fr] ${isBeside ? "quad:grid-cols-[14rem_minmax(17rem,20rem)_minmax(0,1fr)_20rem]" : ""}`}
      >
        <aside className="hidden flex-col gap-4 px-3 pt-4 pb-3 triple:flex">
          <Brand />
          <FindButton onFind={() => setOverlay("palette")} />
          <ViewNav view={view} onView={goShelf} />
          <SavedNav view={view} onView={goShelf} />
          <div className="mt-auto flex flex-col gap-1">
            <Button
              onClick={() => setOverlay("keys")}
              className="justify-start"
              aria-keyshortcuts={useHint("help")}
            >
              <Icon name="keyboard" />
              {words.keys.open}
            </Button>
            {account}
          </div>
        </aside>
        <div className={`min-h-0 flex-col pair:flex ${open ? "hidden" : "flex"}`}>
          <div className="flex flex-col gap-2 px-3 pt-3 pb-2 triple:hidden">
            <div className="flex items-center justify-between">
              <Brand />
              <span className="flex items-center gap-1">
                <Button size="icon" aria-label={words.palette.title} onClick={() => setOverlay("palette")}>
                  <Icon name="search" size="large" />
                </Button>
                {account}
              </span>
            </div>
            <ViewNav view={view} onView={goShelf} />
            <SavedNav view={view} onView={goShelf} />
          </div>
          {picks.ids.size > 0 ? (
            <div className="triple:pt-2">
              <PickBar
                shelf={view}
                picks={picks}
                isClosed={isClosed}
                onTriage={setOverlay}
                onTake={take}
                onToggle={() => toggle(false)}
              />
            </div>
          ) : (
            <div className="flex items-center gap-2 px-5 pb-1 triple:pt-4 triple:pb-2">
              <h1 className="min-w-0 flex-1 truncate text-sm font-semibold tracking-tight triple:text-lg">
                <bdi>{shelfName}</bdi>
              </h1>
              {other && (
                <Button
                  size="icon"
                  data-order={isByWait(view) ? "waiting" : "newest"}
                  aria-label={words.views.order(orderName)}
                  title={words.views.order(orderName)}
                  aria-keyshortcuts={orderHint}
                  onClick={() => go({ view: other })}
                >
                  <Icon name="clock" className={isByWait(view) ? "text-accent" : ""} />
                </Button>
              )}
              <Button
                size="icon"
                aria-label={words.views.narrow}
                title={words.views.narrow}
                aria-keyshortcuts={narrowHint}
                onClick={() => setOverlay("narrow")}
              >
                <Icon name="filter" />
              </Button>
            </div>
          )}
          <List
            key={view}
            view={view}
            selected={open}
            picks={picks}
            onOpen={(id) => go({ conversation: id })}
            onRows={onRows}
            onUnassigned={() => go({ view: "unassigned", conversation: null })}
          />
        </div>
        <main
          className={`min-h-0 min-w-0 overflow-hidden bg-surface pair:my-2 pair:mr-2 pair:block pair:rounded-2xl pair:border pair:border-line pair:shadow-raised ${open ? "block" : "hidden"}`}
        >
          {open ? (
            <OpenLedger value={openLedger}>
              <LatePane
                id={open}
                message={place.message}
                onNewest={() => go({ message: null })}
                mode={modeOf(open)}
                composer={composerHere}
                onMode={write}
                onBack={() => go({ conversation: null })}
                onTriage={setOverlay}
                onPerson={openPerson}
                onReplies={() => setOverlay("replies")}
                onLater={() => setOverlay("later")}
                onTake={take}
                onToggle={() => toggle(false)}
                onSent={(andClose) => andClose && leave()}
              />
            </OpenLedger>
          ) : (
            <Empty icon="list" title={words.empty.pick} more={words.empty.pickMore} />
          )}
        </main>
        {conversation && (isBeside || overlay === "person") && (
          <Late
            panel={personCard}
            props={{
              conversation,
              place: isBeside ? "beside" : "over",
              canBeBeside: column.fits,
              onPlace: keepBeside,
              onGo: (id: string) => {
                closeOverlay();
                go({ view: "all", conversation: id });
              },
              onClose: closePerson,
            }}
          />
        )}
      </div>
      {fault && (
        <p role="alert" className="bg-danger-soft px-4 py-1.5 text-center text-sm text-danger">
          {words.triage.notStored}
        </p>
      )}
      {overlay === "keys" && <Late panel={keysHelp} props={{ onClose: closeOverlay }} />}
      {(overlay === "palette" || overlay === "search") && (
        <LatePalette
          start={overlay === "search" ? "messages" : "everything"}
          view={view}
          conversation={conversation}
          actions={offered}
          onGo={go}
          onClose={closeOverlay}
        />
      )}
      {reports && <Late panel={reportsPage} props={{ onClose: closePage }} />}
      {settings !== null && (
        <Late panel={settingsPage} props={{ section: settings, onSection: goSettings, onClose: closePage }} />
      )}
      {overlay === "availability" && <Late panel={availabilityPanel} props={{ onClose: closeOverlay }} />}
      {overlay === "takeOver" && theirs.length > 0 && (
        <Late panel={takeOverDialog} props={{ theirs, onTake: takeNow, onClose: closeOverlay }} />
      )}
      {overlay === "alerts" && <Late panel={alertsPanel} props={{ onClose: closeOverlay }} />}
      {overlay === "ledger" && open && asked && (
        <Late panel={ledgerPanel} props={{ conversation: open, message: asked, onClose: closeOverlay }} />
      )}
      {overlay === "narrow" && (
        <Late panel={viewsDialog} props={{ shelf: view, onGo: goShelf, onClose: closeOverlay }} />
      )}
      {overlay === "replies" && (
        <Late panel={repliesPanel} props={{ conversation, onInsert: insert, onClose: closeOverlay }} />
      )}
      {overlay === "later" && <Late panel={laterPanel} props={{ onChoose: sendAt, onClose: closeOverlay }} />}
      {isTriage(overlay) && (conversation || picks.ids.size > 0) && (
        <Late
          panel={triagePanel}
          props={{
            what: overlay,
            conversation: picks.ids.size > 0 ? undefined : conversation,
            picked: [...picks.ids],
            onDecide: decide,
            onClose: closeOverlay,
          }}
        />
      )}
      <DoneBar open={open} onUndo={undo} />
      <Notices />
      <Announcer open={open} />
    </div>
  );
}

/** Opens the palette, for whoever does not know its key yet. */
function FindButton({ onFind }: { onFind: () => void }) {
  const { words } = useWords();
  return (
    <button
      type="button"
      onClick={onFind}
      aria-keyshortcuts={isMac ? "Meta+K" : "Control+K"}
      className="flex h-9 items-center gap-2 rounded-lg border border-line bg-raised px-2.5 text-sm text-ink-faint shadow-raised hover:text-ink"
    >
      <Icon name="search" />
      <span className="flex-1 text-left">{words.palette.open}</span>
      <span aria-hidden="true">
        <Kbd>{isMac ? "⌘K" : "Ctrl K"}</Kbd>
      </span>
    </button>
  );
}

function Brand() {
  const { words } = useWords();
  return (
    <p className="flex items-center gap-2.5 px-2 text-base font-semibold tracking-tight">
      <Mark className="size-7" />
      {words.product}
    </p>
  );
}
