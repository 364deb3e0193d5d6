import { useCallback, useMemo, useState } from "react";

/** The conversations that the agent picked out to do something with all of them. */
export interface Picks {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  /** Picks everything between the last one that was picked and this one. */
  reach: (id: string, rows: readonly string[]) => void;
  all: (rows: readonly string[]) => void;
  /** Picks the rows that have come since these were listed. */
  since: (listed: readonly string[], rows: readonly string[]) => void;
  clear: () => void;
}

/** What lies between two rows, both included; only the second when the first is not there any more. */
export function between(rows: readonly string[], from: string | null, to: string): readonly string[] {
  const [a, b] = [from === null ? -1 : rows.indexOf(from), rows.indexOf(to)];
  if (b < 0) return [];
  return a < 0 ? [to] : rows.slice(Math.min(a, b), Math.max(a, b) + 1);
}

/**
 * What is picked once the rest of a list has come. Of what was listed before, that is what is picked by now: somebody may
 * have gone through it meanwhile.
 */
export function withSince(
  ids: ReadonlySet<string>,
  listed: readonly string[],
  rows: readonly string[],
): ReadonlySet<string> {
  const known = new Set(listed);
  return new Set([...ids, ...rows.filter((id) => !known.has(id))]);
}

interface State {
  shelf: string;
  ids: ReadonlySet<string>;
  /** The last one that was picked. */
  from: string | null;
}

/** Keeps picks while the agent stays in a list; `shelf` names it. */
export function usePicks(shelf: string): Picks {
  const [kept, setKept] = useState<State>({ shelf, ids: new Set(), from: null });
  const change = useCallback(
    (next: (ids: ReadonlySet<string>, from: string | null) => Omit<State, "shelf">) =>
      setKept((old) => {
        // Picks of another list are none of this one.
        const isSame = old.shelf === shelf;
        return { shelf, ...next(isSame ? old.ids : new Set(), isSame ? old.from : null) };
      }),
    [shelf],
  );
  const ids = useMemo(() => (kept.shelf === shelf ? kept.ids : new Set<string>()), [kept, shelf]);
  const acts = useMemo(
    () => ({
      toggle: (id: string) =>
        change((old) => {
          const next = new Set(old);
          if (!next.delete(id)) next.add(id);
          return { ids: next, from: id };
        }),
      reach: (id: string, rows: readonly string[]) =>
        change((old, from) => ({ ids: new Set([...old, ...between(rows, from, id)]), from: id })),
      all: (rows: readonly string[]) => change(() => ({ ids: new Set(rows), from: rows.at(-1) ?? null })),
      since: (listed: readonly string[], rows: readonly string[]) =>
        change((ids, from) => ({ ids: withSince(ids, listed, rows), from })),
      clear: () => change(() => ({ ids: new Set(), from: null })),
    }),
    [change],
  );
  return useMemo(() => ({ ids, ...acts }), [ids, acts]);
}
