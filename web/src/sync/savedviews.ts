// The views that this agent keeps, and those that are shared: what the server says, and at once what was just done.
import type { Api, Outcome } from "../api/client";
import type { PutSavedView, SavedView } from "../api/types";
import type { Signals } from "./signals";

/** How often the counts are asked for, at most. */
const APART_MS = 10_000;

export class SavedViews {
  private list: readonly SavedView[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;
  /** Grows with what is done here: an answer that was asked for before it is not taken in. */
  private era = 0;

  constructor(
    private readonly api: Api,
    private readonly signals: Signals,
    private readonly elapsed: () => number,
    private readonly signedOut: () => void,
  ) {}

  all = (): readonly SavedView[] => this.list;

  /** What they count may have changed. */
  recountSoon(): void {
    if (this.timer !== null || this.list.length === 0) return;
    const wait = Math.max(400, this.askedAt + APART_MS - this.elapsed());
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.fetch();
    }, wait);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  async fetch(): Promise<void> {
    this.askedAt = this.elapsed();
    const { era } = this;
    const outcome = await this.api.savedViews();
    if (outcome.kind === "signed_out") this.signedOut();
    if (outcome.kind === "done" && era === this.era) this.become(outcome.value.views);
  }

  /** Keeps a view, or changes one; answers whether the server did. */
  async put(id: string, body: PutSavedView): Promise<Outcome<SavedView>> {
    const outcome = await this.api.putSavedView(id, body);
    this.era++;
    if (outcome.kind === "done") this.become([...this.without(id), outcome.value]);
    return outcome;
  }

  async delete(id: string): Promise<boolean> {
    const outcome = await this.api.deleteSavedView(id);
    this.era++;
    if (outcome.kind === "done") this.become(this.without(id));
    return outcome.kind === "done";
  }

  private without(id: string): SavedView[] {
    return this.list.filter((view) => view.id !== id);
  }

  private become(views: readonly SavedView[]): void {
    this.list = [...views].sort((a, b) => a.name.localeCompare(b.name));
    this.signals.touch("saved");
  }
}
