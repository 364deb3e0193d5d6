/** Runs a task before the next picture; in a hidden tab, where no picture comes, within a quarter of a second. */
export type Schedule = (task: () => void) => void;

/** Tells listeners of a key that it changed, once for each batch, so that a flood of changes costs one render a frame. */
export class Signals {
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly dirty = new Set<string>();
  private scheduled = false;

  constructor(private readonly schedule: Schedule) {}

  listen(key: string, listener: () => void): () => void {
    let set = this.listeners.get(key);
    if (!set) {
      set = new Set();
      this.listeners.set(key, set);
    }
    set.add(listener);
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.listeners.get(key) === set) this.listeners.delete(key);
    };
  }

  touch(key: string): void {
    this.dirty.add(key);
    if (this.scheduled) return;
    this.scheduled = true;
    this.schedule(() => this.flush());
  }

  /** Tells at once what waits: for what a person did, whose echo must not wait for a frame. */
  flush(): void {
    this.scheduled = false;
    const keys = [...this.dirty];
    this.dirty.clear();
    for (const key of keys) for (const listener of [...(this.listeners.get(key) ?? [])]) listener();
  }
}

export const nextFrame: Schedule = (task) => {
  if (document.visibilityState === "hidden") setTimeout(task, 250);
  else requestAnimationFrame(task);
};
