/** What a key does. One table: the handler, the overview, the palette and the hints on buttons all read it. */
export type Action =
  | "next"
  | "previous"
  | "enter"
  | "back"
  | "reply"
  | "note"
  | "quote"
  | "attach"
  | "replies"
  | "askPlace"
  | "askPhoto"
  | "edit"
  | "ledger"
  | "person"
  | "copyLink"
  | "send"
  | "sendAndClose"
  | "sendLater"
  | "strong"
  | "emphasis"
  | "close"
  | "closeStay"
  | "assign"
  | "take"
  | "snooze"
  | "priority"
  | "tags"
  | "merge"
  | "unmerge"
  | "undo"
  | "pick"
  | "pickRange"
  | "pickNext"
  | "pickPrevious"
  | "narrow"
  | "order"
  | "goMine"
  | "goUnassigned"
  | "goAll"
  | "goSnoozed"
  | "goClosed"
  | "goDrafts"
  | "goApprovals"
  | "goMentions"
  | "alerts"
  | "availability"
  | "settings"
  | "reports"
  | "palette"
  | "search"
  | "help";

export type Group = "move" | "answer" | "decide" | "pick" | "go";

export interface KeyRow {
  action: Action;
  group: Group;
  /**
   * As `KeyboardEvent.key` says, lower case; two keys are pressed one after the other. `event.key` and not `event.code`,
   * so that a letter is where the layout has it; no digits, brackets or Alt, which layouts need for letters.
   */
  keys: readonly string[];
  /** Other ways to the same. */
  also?: readonly (readonly string[])[];
  needs?: "shift" | "command" | "command+shift" | undefined;
  /** Whether it also works while a text is being written. */
  inFields?: boolean;
  /** A single printable key, which can be switched off (WCAG 2.1.4). */
  isLetter: boolean;
}

export const KEYS: readonly KeyRow[] = [
  { action: "next", group: "move", keys: ["j"], also: [["arrowdown"]], isLetter: true },
  { action: "previous", group: "move", keys: ["k"], also: [["arrowup"]], isLetter: true },
  { action: "enter", group: "move", keys: ["enter"], isLetter: false },
  { action: "back", group: "move", keys: ["escape"], also: [["u"]], inFields: true, isLetter: false },
  { action: "reply", group: "answer", keys: ["r"], isLetter: true },
  { action: "note", group: "answer", keys: ["n"], isLetter: true },
  { action: "quote", group: "answer", keys: ["q"], isLetter: true },
  { action: "attach", group: "answer", keys: ["f"], isLetter: true },
  { action: "replies", group: "answer", keys: ["t"], isLetter: true },
  { action: "askPlace", group: "answer", keys: ["h"], isLetter: true },
  { action: "askPhoto", group: "answer", keys: ["h"], needs: "shift", isLetter: true },
  { action: "edit", group: "answer", keys: ["w"], isLetter: true },
  { action: "ledger", group: "answer", keys: ["d"], isLetter: true },
  { action: "person", group: "answer", keys: ["c"], isLetter: true },
  { action: "copyLink", group: "answer", keys: ["c"], needs: "shift", isLetter: true },
  { action: "send", group: "answer", keys: ["enter"], needs: "command", inFields: true, isLetter: false },
  {
    action: "sendAndClose",
    group: "answer",
    keys: ["enter"],
    needs: "command+shift",
    inFields: true,
    isLetter: false,
  },
  {
    action: "sendLater",
    group: "answer",
    keys: ["l"],
    needs: "command+shift",
    inFields: true,
    isLetter: false,
  },
  { action: "strong", group: "answer", keys: ["b"], needs: "command", inFields: true, isLetter: false },
  { action: "emphasis", group: "answer", keys: ["i"], needs: "command", inFields: true, isLetter: false },
  { action: "close", group: "decide", keys: ["e"], isLetter: true },
  { action: "closeStay", group: "decide", keys: ["e"], needs: "shift", isLetter: true },
  { action: "assign", group: "decide", keys: ["a"], isLetter: true },
  { action: "take", group: "decide", keys: ["i"], isLetter: true },
  { action: "snooze", group: "decide", keys: ["s"], isLetter: true },
  { action: "priority", group: "decide", keys: ["p"], isLetter: true },
  { action: "tags", group: "decide", keys: ["l"], isLetter: true },
  { action: "merge", group: "decide", keys: ["m"], isLetter: true },
  { action: "unmerge", group: "decide", keys: ["m"], needs: "shift", isLetter: true },
  { action: "pick", group: "pick", keys: ["x"], isLetter: true },
  { action: "pickRange", group: "pick", keys: ["x"], needs: "shift", isLetter: true },
  { action: "pickNext", group: "pick", keys: ["j"], needs: "shift", isLetter: true },
  { action: "pickPrevious", group: "pick", keys: ["k"], needs: "shift", isLetter: true },
  { action: "undo", group: "decide", keys: ["z"], isLetter: true },
  { action: "palette", group: "go", keys: ["k"], needs: "command", inFields: true, isLetter: false },
  { action: "search", group: "go", keys: ["/"], isLetter: true },
  { action: "narrow", group: "go", keys: ["v"], isLetter: true },
  { action: "order", group: "go", keys: ["o"], isLetter: true },
  { action: "goMine", group: "go", keys: ["g", "m"], isLetter: true },
  { action: "goUnassigned", group: "go", keys: ["g", "u"], isLetter: true },
  { action: "goAll", group: "go", keys: ["g", "a"], isLetter: true },
  { action: "goSnoozed", group: "go", keys: ["g", "s"], isLetter: true },
  { action: "goClosed", group: "go", keys: ["g", "c"], isLetter: true },
  { action: "goDrafts", group: "go", keys: ["g", "d"], isLetter: true },
  { action: "goMentions", group: "go", keys: ["g", "i"], isLetter: true },
  { action: "goApprovals", group: "go", keys: ["g", "t"], isLetter: true },
  { action: "alerts", group: "go", keys: ["g", "n"], isLetter: true },
  { action: "availability", group: "go", keys: ["g", "w"], isLetter: true },
  { action: "settings", group: "go", keys: ["g", "p"], isLetter: true },
  { action: "reports", group: "go", keys: ["g", "r"], isLetter: true },
  { action: "help", group: "go", keys: ["?"], isLetter: true },
];
