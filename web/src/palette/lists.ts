// Chips without words ask the server for nothing: what they mean stands in lists, as far as there are some.
import type { View } from "../api/types";
import { type Chips, isNarrowed, tagOf } from "../search/query";
import { type Listed, listedOf, takesAgent } from "../sync/shelf";
import { fold } from "../words/fold";

const EVERY: readonly View[] = ["all", "snoozed", "closed"];
const OF: Partial<Record<string, readonly View[]>> = {
  mine: ["mine"],
  unassigned: ["unassigned"],
  open: ["all", "snoozed"],
  snoozed: ["snoozed"],
  closed: ["closed"],
};
/** A chip says how a tag begins, a list has one tag: of so many that begin so. */
const TAGS = 2;

/** The lists of what chips mean; none when no list is narrowed down so. */
export function listsOf(chips: Chips, tags: readonly string[]): Listed[] {
  const { scope, among, from, assignee, after, before } = chips;
  if (scope !== "everything" || !isNarrowed(chips) || from || after || before) return [];
  const tag = tagOf(among);
  const views = (OF[among ?? ""] ?? EVERY).filter((view) => !assignee || takesAgent(view));
  return namesOf(tag, tags).flatMap((name) =>
    views.map((view) =>
      listedOf({ view, ...(name !== null && { tag: name }), ...(assignee && { agent_id: assignee }) }),
    ),
  );
}

/** The tags that begin so, each once; one that is called just so first. */
function namesOf(tag: string | null, tags: readonly string[]): readonly (string | null)[] {
  if (tag === null) return [null];
  const said = fold(tag);
  const known = [...new Map(tags.map((it) => [fold(it), it]))].filter(([folded]) => folded.startsWith(said));
  return known
    .sort(([a], [b]) => a.length - b.length)
    .slice(0, TAGS)
    .map(([, name]) => name);
}

/** Whether there may be more than is shown, and words alone lead to it. */
export const needsWords = (text: string, chips: Chips, tags: readonly string[]): boolean =>
  chips.scope === "everything" &&
  isNarrowed(chips) &&
  text.trim() === "" &&
  listsOf(chips, tags).length === 0;
