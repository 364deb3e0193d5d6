/** What can be decided in a dialog. */
const KINDS = ["assign", "snooze", "priority", "tags", "merge"] as const;

export type Triage = (typeof KINDS)[number];

export const isTriage = (what: string): what is Triage => KINDS.some((kind) => kind === what);
