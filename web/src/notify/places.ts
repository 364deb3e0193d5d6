// Which tab of this browser tells of what arrives: locks that the browser releases however a tab ends.

const LEADER = "tidings-leader";
const FRONT = "tidings-front";

/** What this tab knows of itself among the others. */
export class Places {
  isLeader = false;
  isFront = false;
  private release: (() => void) | null = null;

  constructor() {
    void navigator.locks
      ?.request(LEADER, () => {
        this.isLeader = true;
        return new Promise<never>(() => {});
      })
      .catch(() => {});
    // Without the browser's help each tab is alone; one notification takes the place of another.
    if (!navigator.locks) this.isLeader = true;
  }

  /** Says whether this tab has the focus now. */
  look(hasFocus: boolean): void {
    if (!hasFocus) {
      this.release?.();
      this.release = null;
      this.isFront = false;
      return;
    }
    if (this.release) return;
    const held = new Promise<void>((resolve) => {
      this.release = resolve;
    });
    if (!navigator.locks) {
      this.isFront = true;
      return;
    }
    void navigator.locks
      .request(FRONT, () => {
        this.isFront = this.release !== null;
        return held;
      })
      .catch(() => {});
  }

  /** Whether another tab has the focus. */
  async isFrontElsewhere(): Promise<boolean> {
    if (this.isFront || !navigator.locks) return false;
    const { held = [] } = await navigator.locks.query();
    return held.some(({ name }) => name === FRONT);
  }
}
