// Several tabs share one outbox. Each sends what was written in it; what a closed tab left behind is adopted by another.
// A lock that a living tab holds says that it lives; the browser releases it however the tab ends.

const LOCK = "tidings-tab-";

/** Announces this tab for as long as it lives. */
export function announceTab(tab: string): void {
  void navigator.locks?.request(LOCK + tab, () => new Promise<never>(() => {}));
}

/** The tabs that live. Without the browser's help: only this one, and repeats are harmless. */
export async function livingTabs(self: string): Promise<Set<string>> {
  const living = new Set([self]);
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  for (const { name } of held) if (name?.startsWith(LOCK)) living.add(name.slice(LOCK.length));
  return living;
}
