import { listedOf, type Shelf } from "../sync/shelf";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { useWatched } from "./context";
import { COUNTED } from "./nav";

/** The views that the agent keeps and those that are shared, with the server's counts. */
export function SavedNav({ view, onView }: { view: Shelf; onView: (view: Shelf) => void }) {
  const { words, format } = useWords();
  const saved = useWatched("saved", (inbox) => inbox.savedViews.all());
  if (saved.length === 0) return null;
  return (
    <nav aria-label={words.views.saved} className="min-h-0 triple:overflow-y-auto">
      <h2 className="hidden px-2.5 pb-1 text-xs font-semibold text-ink-faint triple:block">
        {words.views.saved}
      </h2>
      <ul className="grid grid-cols-2 gap-x-1 gap-y-0.5 triple:grid-cols-1">
        {saved.map(({ id, name, filter, shared, count }) => {
          const listed = listedOf(filter);
          return (
            <li key={id} className="min-w-0">
              <a
                href={`/${listed}`}
                aria-current={listed === view ? "page" : undefined}
                data-saved={id}
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                  event.preventDefault();
                  onView(listed);
                }}
                className="flex h-9 w-full items-center gap-2 rounded-lg px-2.5 text-sm font-medium text-ink-soft hover:bg-hover aria-[current]:bg-accent-soft aria-[current]:text-accent"
              >
                <Icon name="tag" className="hidden triple:block" />
                <span className="min-w-0 flex-1 truncate">
                  <bdi>{name}</bdi>
                  {shared && <span className="sr-only"> ({words.views.shared})</span>}
                </span>
                <span className="numeric text-xs text-ink-faint" data-count={count}>
                  <span aria-hidden="true">
                    {count < COUNTED ? format.number(count) : `${format.number(COUNTED - 1)}+`}
                  </span>
                  <span className="sr-only">{words.views.conversations(count)}</span>
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
