import { SHELVES, type Shelf } from "../sync/shelf";
import { Icon, type IconName } from "../ui/icon";
import { useWords } from "../words/words";
import { useWatched } from "./context";

type Plain = (typeof SHELVES)[number];

const ICONS: Record<Plain, IconName> = {
  mine: "person",
  unassigned: "dashed",
  all: "inbox",
  snoozed: "clock",
  closed: "archive",
  approvals: "checks",
  mentions: "at",
  drafts: "pencil",
};

/** So many stand for that many or more: the server counts no further. */
export const COUNTED = 1_000;

/** The views with the server's counts: a column beside the list, or a row above it where there is less room. */
export function ViewNav({ view, onView }: { view: Shelf; onView: (view: Shelf) => void }) {
  const { words, format } = useWords();
  const counts = useWatched("counts", (inbox) => inbox.counts());
  const drafts = useWatched("view:drafts", (inbox) => inbox.draftCount());
  const countOf = (name: Plain) => (name === "drafts" ? drafts : counts[name]);
  // Most agents have none of these most of the time: then there is nothing to go to.
  const isRare = (name: Plain) => name === "drafts" || name === "approvals";
  const shown = SHELVES.filter((name) => !isRare(name) || countOf(name) > 0 || view === name);
  return (
    <nav aria-label={words.views.label}>
      <ul className="grid grid-cols-2 gap-x-1 gap-y-0.5 triple:grid-cols-1">
        {shown.map((name) => (
          <li key={name} className="min-w-0">
            <a
              href={`/${name}`}
              aria-current={name === view ? "page" : undefined}
              data-view={name}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                onView(name);
              }}
              className="flex h-9 w-full items-center gap-2 rounded-lg px-2.5 text-sm font-medium text-ink-soft hover:bg-hover aria-[current]:bg-accent-soft aria-[current]:text-accent"
            >
              <Icon name={ICONS[name]} className="hidden triple:block" />
              <span className="min-w-0 flex-1 truncate">{words.views[name]}</span>
              <span className="numeric text-xs text-ink-faint" data-count={countOf(name)}>
                <span aria-hidden="true">
                  {countOf(name) < COUNTED ? format.number(countOf(name)) : `${format.number(COUNTED - 1)}+`}
                </span>
                <span className="sr-only">{words.views.conversations(countOf(name))}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
