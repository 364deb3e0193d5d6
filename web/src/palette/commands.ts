import { useMemo } from "react";
import { useLocation } from "wouter";
import type { Conversation } from "../api/types";
import { useInbox, useWatched } from "../inbox/context";
import { useKept } from "../keys/kept";
import type { Action, KeyRow } from "../keys/table";
import type { Actions } from "../keys/useKeys";
import { pathOf } from "../paths";
import { canTake } from "../sync/people";
import { listedOf } from "../sync/shelf";
import { applyTheme, THEMES } from "../theme/theme";
import type { IconName } from "../ui/icon";
import { LANGUAGES, type Language, useWords } from "../words/words";

export interface Command {
  id: string;
  name: string;
  /** Other words that find it. */
  also?: string;
  icon: IconName;
  /** The keys that do the same. */
  row?: KeyRow;
  run: () => void;
}

const ICONS: Partial<Record<Action, IconName>> = {
  reply: "reply",
  note: "note",
  replies: "choices",
  askPlace: "pin",
  askPhoto: "image",
  sendLater: "clock",
  edit: "pencil",
  ledger: "checks",
  person: "person",
  copyLink: "link",
  close: "check",
  closeStay: "check",
  assign: "personAdd",
  take: "person",
  snooze: "clock",
  priority: "flag",
  tags: "tag",
  merge: "merge",
  unmerge: "undo",
  search: "search",
  undo: "undo",
  narrow: "list",
  order: "clock",
  goMine: "person",
  goUnassigned: "dashed",
  goAll: "inbox",
  goSnoozed: "clock",
  goClosed: "archive",
  goDrafts: "pencil",
  goApprovals: "checks",
  goMentions: "at",
  pick: "check",
  alerts: "bell",
  availability: "hand",
  settings: "shield",
  reports: "table",
  help: "keyboard",
};

const THEME_WORDS = { system: "theme auto", light: "theme light", dark: "theme dark" } as const;

/** Everything that can be done now: the actions of the key table, assigning to each colleague, appearance, language. */
export function useCommands(actions: Actions, conversation: Conversation | undefined): readonly Command[] {
  const { words, language, choose } = useWords();
  const { rows } = useKept();
  const inbox = useInbox();
  const views = useWatched("saved", (it) => it.savedViews.all());
  const agents = useWatched("people", (it) => it.agents);
  const [, navigate] = useLocation();
  return useMemo(() => {
    const ofKeys = rows.flatMap((row): Command[] => {
      const icon = ICONS[row.action];
      const run = actions[row.action];
      if (!icon || !run) return [];
      const name = words.keys.actions[row.action];
      const isGo = row.action.startsWith("go");
      return [
        { id: row.action, name: isGo ? words.palette.goTo(name) : name, icon, row, run: () => void run() },
      ];
    });
    const colleagues = conversation
      ? [...agents.values()].filter(
          (agent) =>
            agent.id !== conversation.assignee_id &&
            agent.id !== inbox.me.id &&
            !inbox.away.has(agent.id) &&
            canTake(agent, [conversation.team_id]),
        )
      : [];
    const ofColleagues = colleagues.map(
      ({ id, name }): Command => ({
        id: `assign ${id}`,
        name: words.palette.assignTo(name),
        icon: "personAdd",
        run: () =>
          void inbox
            .decide(conversation ? [conversation.id] : [], { kind: "assign", agent: id })
            .catch(() => {}),
      }),
    );
    const ofThemes = THEMES.map(
      (theme): Command => ({
        id: `theme ${theme}`,
        name: words.palette.theme(words.account[theme]),
        also: THEME_WORDS[theme],
        icon: "circle",
        run: () => applyTheme(theme),
      }),
    );
    const ofLanguages = (Object.keys(LANGUAGES) as Language[])
      .filter((code) => code !== language)
      .map(
        (code): Command => ({
          id: `language ${code}`,
          name: words.palette.language(LANGUAGES[code]),
          also: "language langue",
          icon: "globe",
          run: () => choose(code),
        }),
      );
    const ofViews = views.map(
      ({ id, name, filter }): Command => ({
        id: `view ${id}`,
        name: words.palette.goTo(name),
        icon: "tag",
        run: () => navigate(pathOf({ view: listedOf(filter), conversation: null, message: null })),
      }),
    );
    return [...ofKeys, ...ofViews, ...ofColleagues, ...ofThemes, ...ofLanguages];
  }, [actions, conversation, inbox, agents, words, rows, language, choose, views, navigate]);
}
