import { type ReactNode, useEffect, useRef, useState } from "react";
import { api } from "../../api/client";
import { may } from "../../api/roles";
import type { Filter, PutSavedView, View } from "../../api/types";
import { worksHere } from "../../sync/people";
import {
  filterOf,
  isListed,
  listedOf,
  NARROWABLE,
  type Shelf,
  takesAgent,
  takesOrder,
} from "../../sync/shelf";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { fold } from "../../words/fold";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { appNames, savedAs } from "../shelfname";
import { useTags } from "../tags";
import { viewWords } from "./words";

const FIELD = "mt-1 block h-9 w-full rounded-lg border border-line-strong bg-surface px-2.5 text-sm text-ink";

/** Narrows a list down, and keeps what was narrowed down as a view. */
export default function ViewsDialog({
  shelf,
  onGo,
  onClose,
}: {
  shelf: Shelf;
  onGo: (shelf: Shelf) => void;
  onClose: () => void;
}) {
  const { words, language } = useWords();
  const own = viewWords[language];
  const inbox = useInbox();
  const [filter, setFilter] = useState<Filter>(() => begun(shelf));
  const view = filter.view ?? "all";
  const tags = useNames(filter.tag ?? null);
  const apps = useApps();
  const people = useWatched("people", (it) => it.agents);
  useEffect(() => inbox.people.freshen(), [inbox]);
  const agents = [...people.values()]
    // Whoever is named already stays, so that a view says what it is.
    .filter((agent) => worksHere(agent) || agent.id === filter.agent_id)
    .sort((a, b) => a.name.localeCompare(b.name));
  const first = useRef<HTMLSelectElement>(null);
  useEffect(() => first.current?.focus(), []);
  const show = () => {
    onClose();
    onGo(listedOf(filter));
  };
  return (
    <Dialog label={own.title} onClose={onClose} className="mt-[10vh]">
      <div className="max-h-[inherit] overflow-y-auto">
        <form
          className="p-5"
          onSubmit={(event) => {
            event.preventDefault();
            show();
          }}
        >
          <div className="flex items-start justify-between gap-3">
            <div>
              <h2 className="text-base font-semibold">{own.title}</h2>
              <p className="mt-0.5 text-sm text-ink-faint">{own.more}</p>
            </div>
            <Button size="icon" aria-label={words.keys.close} onClick={onClose}>
              <Icon name="close" />
            </Button>
          </div>
          <div className="mt-4 space-y-3">
            <Labelled label={own.view}>
              <select
                name="view"
                value={view}
                onChange={({ target }) => {
                  const to = target.value as View;
                  const { order, ...rest } = filter;
                  setFilter({
                    ...rest,
                    view: to,
                    ...(takesAgent(to) ? {} : { agent_id: null }),
                    ...(order && takesOrder(to) ? { order } : {}),
                  });
                }}
                className={FIELD}
              >
                {NARROWABLE.map((name) => (
                  <option key={name} value={name}>
                    {words.views[name]}
                  </option>
                ))}
              </select>
            </Labelled>
            <Labelled label={own.tag}>
              <select
                ref={first}
                name="tag"
                value={filter.tag ?? ""}
                onChange={({ target }) => setFilter({ ...filter, tag: target.value || null })}
                className={FIELD}
              >
                <option value="">{own.anyTag}</option>
                {tags.map((tag) => (
                  <option key={tag}>{tag}</option>
                ))}
              </select>
            </Labelled>
            {/* A choice of one is none. */}
            {(apps.length > 1 || filter.app_id) && (
              <Labelled label={own.app}>
                <select
                  name="app"
                  value={filter.app_id ?? ""}
                  onChange={({ target }) => setFilter({ ...filter, app_id: target.value || null })}
                  className={FIELD}
                >
                  <option value="">{own.anyApp}</option>
                  {apps.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </select>
              </Labelled>
            )}
            <Labelled label={words.triage.priority}>
              <select
                name="priority"
                value={filter.priority ?? ""}
                onChange={({ target }) =>
                  setFilter({ ...filter, priority: (target.value || null) as Filter["priority"] })
                }
                className={FIELD}
              >
                <option value="">{own.anyPriority}</option>
                {(["urgent", "high", "normal"] as const).map((it) => (
                  <option key={it} value={it}>
                    {words.list.priorities[it]}
                  </option>
                ))}
              </select>
            </Labelled>
            {takesOrder(view) && (
              <Labelled label={own.order}>
                <select
                  name="order"
                  value={filter.order ?? "newest"}
                  onChange={({ target }) => setFilter({ ...filter, order: target.value as "waiting" })}
                  className={FIELD}
                >
                  <option value="newest">{own.newest}</option>
                  <option value="waiting">{own.waiting}</option>
                </select>
              </Labelled>
            )}
            {takesAgent(view) && (
              <Labelled label={own.agent}>
                <select
                  name="agent"
                  value={filter.agent_id ?? ""}
                  onChange={({ target }) => setFilter({ ...filter, agent_id: target.value || null })}
                  className={FIELD}
                >
                  <option value="">{own.anybody}</option>
                  {agents.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {id === inbox.me.id ? own.me(name) : name}
                    </option>
                  ))}
                </select>
              </Labelled>
            )}
          </div>
          <div className="mt-4 flex justify-end">
            <Button type="submit" look="solid" size="normal">
              {own.show}
            </Button>
          </div>
        </form>
        {may(inbox.me.role, "answer") && (
          <Keep key={listedOf(filter)} shelf={shelf} filter={filter} onGo={onGo} onClose={onClose} />
        )}
      </div>
    </Dialog>
  );
}

/** Keeps a view, changes the one that stands there, or deletes it. */
function Keep({
  shelf,
  filter,
  onGo,
  onClose,
}: {
  shelf: Shelf;
  filter: Filter;
  onGo: (shelf: Shelf) => void;
  onClose: () => void;
}) {
  const { language } = useWords();
  const own = viewWords[language];
  const inbox = useInbox();
  const views = useWatched("saved", (it) => it.savedViews.all());
  const known = savedAs(views, listedOf(filter));
  const [name, setName] = useState(known?.name ?? "");
  const [isShared, setShared] = useState(known?.shared ?? false);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const keep = async () => {
    if (!name.trim()) return setFault(own.needName);
    setBusy(true);
    const body: PutSavedView = { name: name.trim(), filter, shared: isShared };
    const outcome = await inbox.savedViews.put(known?.id ?? inbox.newViewId(), body);
    setBusy(false);
    if (outcome.kind === "refused") return setFault(own.faults[outcome.problem.code] ?? own.lost);
    if (outcome.kind !== "done") return setFault(own.lost);
    if (known) {
      const { id, name, filter, shared } = known;
      inbox.changedView(name, false, () => inbox.savedViews.put(id, { name, filter, shared }));
    }
    onClose();
    onGo(listedOf(filter));
  };
  const remove = async () => {
    if (!known) return;
    setBusy(true);
    const isGone = await inbox.savedViews.delete(known.id);
    setBusy(false);
    if (!isGone) return setFault(own.faults["not_found"] ?? own.lost);
    const { id, name, filter, shared } = known;
    inbox.changedView(name, true, () => inbox.savedViews.put(id, { name, filter, shared }));
    onClose();
    if (shelf === listedOf(filter)) onGo(filter.view ?? "all");
  };
  const maker = known && known.agent_id !== inbox.me.id ? inbox.agents.get(known.agent_id)?.name : undefined;
  return (
    <form
      noValidate
      className="border-t border-line bg-canvas p-5"
      onSubmit={(event) => {
        event.preventDefault();
        void keep();
      }}
    >
      <h3 className="text-sm font-semibold">{own.keepTitle}</h3>
      {maker && <p className="text-sm text-ink-faint">{own.sharedBy(maker)}</p>}
      <div className="mt-2 space-y-3">
        <Labelled label={own.name}>
          <input
            name="view-name"
            value={name}
            maxLength={120}
            aria-invalid={fault === own.needName}
            aria-describedby={fault ? "view-fault" : undefined}
            onChange={({ target }) => {
              setName(target.value);
              setFault(null);
            }}
            className={FIELD}
          />
        </Labelled>
        <label className="flex items-center gap-2.5 text-sm">
          <input
            type="checkbox"
            name="shared"
            className="size-4.5"
            checked={isShared}
            onChange={({ target }) => setShared(target.checked)}
          />
          {own.shared}
        </label>
        {fault && (
          <p id="view-fault" role="alert" className="text-sm text-danger">
            {fault}
          </p>
        )}
      </div>
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        {known && (
          <Button look="danger" size="normal" disabled={isBusy} onClick={() => void remove()}>
            {own.remove}
          </Button>
        )}
        <Button type="submit" look="line" size="normal" disabled={isBusy}>
          {known ? own.change : own.keep}
        </Button>
      </div>
    </form>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is what it is given
    <label className="block text-xs font-medium text-ink-soft">
      {label}
      {children}
    </label>
  );
}

/** The list to begin with: the one that stands there, as far as it can be narrowed down. */
function begun(shelf: Shelf): Filter {
  const filter = isListed(shelf) ? filterOf(shelf) : null;
  return NARROWABLE.some((known) => known === filter?.view) && filter ? filter : { view: "all" };
}

/** The tags of the agent's teams, each once; and the one that is chosen, whether it is still there or not. */
function useNames(chosen: string | null): readonly string[] {
  const { answer } = useTags();
  const known = (answer ?? []).map(({ name }) => name);
  const all = chosen === null ? known : [chosen, ...known];
  return [...new Map(all.map((tag) => [fold(tag), tag])).values()].sort((a, b) => a.localeCompare(b));
}

/** The apps that the agent's teams answer. */
function useApps(): readonly { id: string; name: string }[] {
  const [known, setKnown] = useState<readonly { id: string; name: string }[]>([]);
  useEffect(() => {
    let isCurrent = true;
    void api.apps().then((outcome) => {
      if (outcome.kind !== "done") return;
      for (const { id, name } of outcome.value.apps) appNames.set(id, name);
      if (isCurrent) setKnown(outcome.value.apps);
    });
    return () => {
      isCurrent = false;
    };
  }, []);
  return known;
}
