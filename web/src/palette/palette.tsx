import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { Conversation } from "../api/types";
import { useInbox } from "../inbox/context";
import { useTags } from "../inbox/tags";
import type { Actions } from "../keys/useKeys";
import type { Place } from "../paths";
import {
  askedOf,
  type Chips,
  dropChip,
  endsInChip,
  isNarrowed,
  momentOf,
  NO_CHIPS,
  type Scope,
  tagOf,
  takeChips,
  unknownChip,
  without,
} from "../search/query";
import { useSearch } from "../search/useSearch";
import { searchWords } from "../search/words";
import { holds, isListed, type Shelf } from "../sync/shelf";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";
import { Kbd } from "../ui/kbd";
import { useWords } from "../words/words";
import { useCommands } from "./commands";
import { type Entry, EntryView } from "./entries";
import { type Group, groupsOf } from "./groups";
import { needsWords } from "./lists";

const SCOPES: readonly Scope[] = ["everything", "messages", "notes", "people"];
/** Who types no more for so long is told what is not known. */
const REST_MS = 1_000;
const AMONG = ["mine", "unassigned", "open", "snoozed", "closed"] as const;

/** Finds people, conversations, commands and what was said, and goes there. */
export default function Palette({
  start,
  typed,
  view,
  conversation,
  actions,
  onGo,
  onClose,
}: {
  start: Scope;
  /** What was written before it stood. */
  typed: string;
  view: Shelf;
  /** The one that is open, for the commands about it. */
  conversation: Conversation | undefined;
  actions: Actions;
  onGo: (place: Place) => void;
  onClose: () => void;
}) {
  const { words, language, format } = useWords();
  const own = searchWords[language];
  const inbox = useInbox();
  const [begun] = useState(() => takeChips(typed, { ...NO_CHIPS, scope: start }, inbox.agents.values()));
  const [text, setText] = useState(begun.text);
  const [chips, setChips] = useState<Chips>(begun.chips);
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);

  const { scope, among } = chips;
  const tag = tagOf(among);
  const isEverything = scope === "everything";
  const asked = useMemo(() => askedOf(text, chips, inbox.agents.values()), [text, chips, inbox]);
  const within = asked.chips.scope;
  const isWide = within === "everything";
  const messages = useSearch(
    asked.text,
    isWide ? "messages" : within === "people" ? null : within,
    asked.chips,
  );
  const people = useSearch(asked.text, isWide || within === "people" ? "people" : null, asked.chips);
  const isResting = useRested(text) === text;
  const unknown = unknownChip(isResting && asked.chips === chips ? `${text} ` : text);
  const dayOf = (day: string) => format.day(momentOf(day), new Date());
  const { from, assignee, after, before } = chips;
  const said = [
    ["from", from && own.from(from)],
    ["assignee", assignee && own.assignee(inbox.agents.get(assignee)?.name ?? words.triage.somebody)],
    ["after", after && own.after(dayOf(after))],
    ["before", before && own.before(dayOf(before))],
  ].filter((it): it is ["from" | "assignee" | "after" | "before", string] => Boolean(it[1]));
  const commands = useCommands(actions, conversation);
  const isTagged = tagOf(asked.chips.among) !== null;
  const { answer: teamTags, isLost } = useTags(isTagged);
  const isTold = !isTagged || isLost || teamTags !== undefined;
  const tags = useMemo(() => (teamTags ?? []).map(({ name }) => name), [teamTags]);
  const nameOf = (id: Group["id"]) => (id === "lists" ? own.lists : words.palette.groups[id]);
  const groups = useMemo(
    () =>
      groupsOf(asked.text, asked.chips, {
        commands,
        known: inbox.known(),
        tags,
        me: inbox.me.id,
        conversation: inbox.conversation,
        messages,
        people,
      }),
    [asked, commands, tags, inbox, messages, people],
  );
  const entries = groups.flatMap((group) => group.entries);
  const current = Math.min(at, entries.length - 1);
  const idOf = (place: number) => `found-${place}`;

  const move = (place: number) => {
    setAt(place);
    document.getElementById(idOf(place))?.scrollIntoView({ block: "nearest" });
  };
  const narrow = (next: Chips) => {
    setChips(next);
    setAt(0);
    field.current?.focus();
  };
  const change = (value: string) => {
    const taken = takeChips(value, chips, inbox.agents.values());
    setText(taken.text);
    setChips(taken.chips);
    setAt(0);
  };
  const goTo = (id: string, message: number | null) => {
    const target = inbox.conversation(id);
    const stays = target && isListed(view) && holds(view, inbox.me.id)(target);
    onClose();
    onGo({ view: stays ? view : target?.state === "closed" ? "closed" : "all", conversation: id, message });
  };
  const pick = (entry: Entry | undefined) => {
    switch (entry?.kind) {
      case "command":
        onClose();
        entry.command.run();
        return;
      case "conversation":
        return goTo(entry.conversation.id, null);
      case "hit": {
        const { hit } = entry;
        const seq = hit.kind === "message" ? hit.seq : hit.kind === "note" ? hit.after_seq : 0;
        return goTo(hit.conversation_id, seq > 0 ? seq : null);
      }
      case "list":
        onClose();
        return onGo({ view: entry.shelf, conversation: null, message: null });
      case "more":
        return (entry.key === "more people" ? people : messages).more();
    }
  };
  const press = (event: KeyboardEvent) => {
    const isCommand = event.ctrlKey || event.metaKey;
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (event.nativeEvent.isComposing) return;
    if (by !== undefined) {
      const next = current + by;
      const wrapped = Math.abs(by) === 1 ? (next + entries.length) % Math.max(1, entries.length) : next;
      move(Math.max(0, Math.min(entries.length - 1, wrapped)));
    } else if (event.key === "Enter") {
      // It ends a chip as a space does, unless somebody has gone down to what was found by it.
      if (at === 0 && endsInChip(text)) change(`${text} `);
      else pick(entries[current]);
    } else if (isCommand && event.key.toLowerCase() === "k") onClose();
    else if (event.key === "Backspace" && text === "" && (!isEverything || isNarrowed(chips)))
      narrow(dropChip(chips));
    else return;
    event.preventDefault();
  };

  const isAsking = messages.status === "busy" || people.status === "busy";
  const isAway = messages.status === "away" || people.status === "away";
  const isEmpty = entries.length === 0 && !isAsking;
  let place = -1;
  return (
    <Dialog
      label={words.palette.title}
      onClose={onClose}
      className="mt-[max(1rem,10vh)] flex max-h-[min(38rem,calc(100dvh-2rem))] w-[min(42rem,calc(100vw-1.5rem))] flex-col"
    >
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Icon
          name="search"
          size="large"
          className={isAsking ? "animate-pulse text-accent" : "text-ink-faint"}
        />
        <input
          ref={field}
          autoFocus
          role="combobox"
          aria-expanded={entries.length > 0}
          aria-controls="found"
          aria-activedescendant={entries.length > 0 ? idOf(current) : undefined}
          aria-autocomplete="list"
          aria-label={words.palette.title}
          value={text}
          maxLength={256}
          onChange={(event) => change(event.target.value)}
          onKeyDown={press}
          placeholder={words.palette.placeholder[scope]}
          autoComplete="off"
          spellCheck={false}
          className="h-14 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-ink-faint"
        />
        <Kbd>Esc</Kbd>
      </div>
      <div
        role="toolbar"
        aria-label={words.palette.chips}
        className="flex flex-wrap gap-1.5 px-4 pt-2.5 pb-1.5"
      >
        {SCOPES.map((name) => (
          <Chip key={name} isOn={scope === name} onClick={() => narrow({ ...chips, scope: name })}>
            {words.palette.scopes[name]}
          </Chip>
        ))}
        <span className="mx-1 w-px self-stretch bg-line" />
        {AMONG.map((name) => (
          <Chip
            key={name}
            isOn={among === name}
            onClick={() => narrow({ ...chips, among: among === name ? null : name })}
          >
            {words.palette.among[name]}
          </Chip>
        ))}
        {tag && (
          <Chip isOn onClick={() => narrow({ ...chips, among: null })}>
            <Icon name="tag" size="tiny" />
            <bdi>{tag}</bdi>
          </Chip>
        )}
        {said.map(([name, text]) => (
          <Chip key={name} isOn label={own.remove(text)} onClick={() => narrow(without(chips, name))}>
            <bdi>{text}</bdi>
            <Icon name="close" size="tiny" />
          </Chip>
        ))}
      </div>
      <div
        id="found"
        role="listbox"
        aria-label={words.palette.results}
        aria-busy={isAsking}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-2"
      >
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options, which a fieldset is not
          <div key={group.id} role="group" aria-label={nameOf(group.id)}>
            <p aria-hidden="true" className="px-2.5 pt-3 pb-1 text-xs font-semibold text-ink-faint">
              {nameOf(group.id)}
            </p>
            {group.entries.map((entry) => {
              const mine = ++place;
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys
                <div
                  key={entry.key}
                  id={idOf(mine)}
                  role="option"
                  tabIndex={-1}
                  data-found={entry.kind}
                  aria-selected={mine === current}
                  onClick={() => pick(entry)}
                  onPointerMove={() => mine !== current && setAt(mine)}
                  className="flex min-h-12 cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 aria-selected:bg-accent-soft"
                >
                  <EntryView entry={entry} />
                </div>
              );
            })}
          </div>
        ))}
      </div>
      <p role="status" className="px-4 text-center text-sm text-ink-faint empty:hidden not-empty:py-3">
        {unknown
          ? own.unknown(unknown.typed, own.values[unknown.operator])
          : isAway
            ? words.palette.away
            : isTold && needsWords(asked.text, asked.chips, tags)
              ? own.wordless
              : isEmpty
                ? asked.text.trim() === ""
                  ? words.palette.hint
                  : words.palette.nothing
                : messages.status === "done" && !messages.isComplete
                  ? words.palette.incomplete
                  : ""}
      </p>
    </Dialog>
  );
}

/** A text as it was when somebody last stopped typing. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

function Chip({
  isOn,
  label,
  onClick,
  children,
}: {
  isOn: boolean;
  label?: string;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={isOn}
      onClick={onClick}
      className={`inline-flex min-h-7 items-center gap-1 rounded-full border px-2.5 text-xs font-medium ${
        isOn
          ? "border-accent-line bg-accent-soft text-accent"
          : "border-line text-ink-soft hover:bg-hover hover:text-ink"
      }`}
    >
      {children}
    </button>
  );
}
