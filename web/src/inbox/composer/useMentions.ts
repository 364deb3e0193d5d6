import { type KeyboardEvent, type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Agent, Mention } from "../../api/types";
import { isOf } from "../../sync/people";
import { useInbox, useWatched } from "../context";
import { optionOf } from "./colleagues";
import { type Asked, askedAt, mentionsIn, offered } from "./mentions";

/** Choosing colleagues in a note: what is offered while a name is typed, and who is meant by the words as they stand. */
export function useMentions(
  isOn: boolean,
  team: string,
  text: string,
  field: RefObject<HTMLTextAreaElement | null>,
  change: (text: string) => void,
) {
  const inbox = useInbox();
  const agents = useWatched("people", (it) => it.agents);
  const colleagues = useMemo(
    () => [...agents.values()].filter((agent) => agent.id !== inbox.me.id && isOf(agent, team)),
    [agents, inbox.me.id, team],
  );
  const [asked, setAsked] = useState<Asked | null>(null);
  const [current, setCurrent] = useState(0);
  const chosen = useRef(new Map<string, string>());
  /** Where to go on writing once the chosen name stands there: before the next key, or that would land elsewhere. */
  const caret = useRef<{ text: string; at: number } | null>(null);
  useLayoutEffect(() => {
    if (caret.current?.text !== text) return;
    field.current?.setSelectionRange(caret.current.at, caret.current.at);
    caret.current = null;
  }, [text, field]);
  const people = isOn && asked ? offered(asked.query, colleagues) : [];
  const meant: readonly Mention[] = useMemo(
    () => (isOn ? mentionsIn(text, colleagues, chosen.current) : []),
    [isOn, text, colleagues],
  );

  const look = () => {
    const { value = "", selectionStart = 0, selectionEnd = 0 } = field.current ?? {};
    const now = isOn && selectionStart === selectionEnd ? askedAt(value, selectionStart) : null;
    if (now && !asked) inbox.people.freshen();
    setAsked(now);
    setCurrent(0);
  };
  const pick = ({ id, name }: Agent) => {
    if (!asked) return;
    const end = field.current?.selectionStart ?? text.length;
    const begin = `${text.slice(0, asked.from)}@${name} `;
    chosen.current.set(name, id);
    setAsked(null);
    const whole = begin + text.slice(end).replace(/^ /, "");
    caret.current = { text: whole, at: begin.length };
    change(whole);
  };
  const press = (event: KeyboardEvent) => {
    if (people.length === 0 || event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const agent = people[current];
    if (step !== 0) setCurrent((current + step + people.length) % people.length);
    else if (event.key === "Escape") setAsked(null);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && agent) pick(agent);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const isOpen = people.length > 0;
  return {
    people,
    current,
    meant,
    look,
    leave: () => setAsked(null),
    pick,
    press,
    point: setCurrent,
    /** What the field says of the list above it. */
    field: {
      "aria-autocomplete": isOn ? ("list" as const) : undefined,
      "aria-controls": isOpen ? "colleagues" : undefined,
      "aria-activedescendant": isOpen ? optionOf(current) : undefined,
    },
  };
}
