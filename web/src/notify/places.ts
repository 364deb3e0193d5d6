// Which tab of this browser tells of what arrives: locks that the browser releases however a tab ends.

const LEADER = "tidings-leader";
const FRONT = "tidings-front";
const TOLD = "tidings-told-";
/** How long tabs may be apart in hearing of the same message. */
const APART_MS = 10_000;

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

  /** Whether it is this tab that tells of a message: the focus may move while it arrives, and then two would. */
  claim(message: string): Promise<boolean> {
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      void navigator.locks
        .request(TOLD + message, { ifAvailable: true }, async (lock) => {
          resolve(lock !== null);
          if (lock) await new Promise((over) => setTimeout(over, APART_MS));
        })
        .catch(() => resolve(true));
    });
  }

  /** Whether another tab has the focus. */
  async isFrontElsewhere(): Promise<boolean> {
    if (this.isFront || !navigator.locks) return false;
    const { held = [] } = await navigator.locks.query();
    return held.some(({ name }) => name === FRONT);
  }
}
