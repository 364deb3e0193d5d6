import type { SavedView } from "../api/types";
import { baseOf, filterOf, isNarrow, listedOf, type Shelf } from "../sync/shelf";
import { useWords } from "../words/words";
import { useInbox, useWatched } from "./context";

/** What apps are called, as far as somebody has looked: the dialog that narrows down to one learns it. */
export const appNames = new Map<string, string>();

/** The saved view that a list is, if it is one. */
export const savedAs = (views: readonly SavedView[], shelf: Shelf): SavedView | undefined =>
  views.find(({ filter }) => listedOf(filter) === shelf);

/** What a list is called: its own name, or the view that it is made of and what narrows it down. */
export function useShelfName(shelf: Shelf): string {
  const { words } = useWords();
  const inbox = useInbox();
  const views = useWatched("saved", (it) => it.savedViews.all());
  const saved = savedAs(views, shelf);
  if (saved) return saved.name;
  if (!isNarrow(shelf)) return words.views[shelf as Exclude<Shelf, `${string};${string}`>];
  const { tag, agent_id, app_id, priority, order } = filterOf(shelf) ?? {};
  const agent = agent_id && (inbox.agents.get(agent_id)?.name ?? "…");
  const app = app_id && (appNames.get(app_id) ?? words.views.oneApp);
  const what = [tag, agent, app, priority && words.list.priorities[priority], order && words.views.longest];
  return words.views.narrowed(words.views[baseOf(shelf)], what.filter(Boolean).join(" · "));
}
