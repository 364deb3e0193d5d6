import type { Api } from "../api/client";
import type { FileForm, FileForms } from "../api/types";

/** Where a file can be fetched for a while, or why it cannot. */
export type Found = { kind: "there"; forms: readonly FileForm[] } | { kind: "gone" } | { kind: "lost" };

/** The server's addresses hold for 10 to 15 minutes; by a clock that only goes forward, so a wrong one does no harm. */
const HOLDS_MS = 9 * 60_000;
/** Files whose addresses are remembered. */
const KEPT = 500;
/** Questions at once: a long gallery must not stand before a reply. */
const LANES = 6;

/** Asks for the addresses of files when somebody looks at them, once for all who do, and again when their time is over. */
export class Addresses {
  private readonly known = new Map<string, { forms: readonly FileForm[]; askedAt: number }>();
  private readonly asking = new Map<string, Promise<Found>>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;

  constructor(
    private readonly api: Pick<Api, "fileForms">,
    /** Milliseconds that only grow. */
    private readonly elapsed: () => number,
    private readonly onSignedOut: () => void,
  ) {}

  /** The addresses of a file if they are here and still hold. */
  held(id: string): readonly FileForm[] | null {
    const known = this.known.get(id);
    return known && this.elapsed() - known.askedAt < HOLDS_MS ? known.forms : null;
  }

  /** The addresses of a file; `anew` when those that are here turned out to be worth nothing. */
  async of(id: string, freshness: "held" | "anew" = "held"): Promise<Found> {
    if (freshness === "anew") this.known.delete(id);
    const forms = this.held(id);
    if (forms) return { kind: "there", forms };
    let asking = this.asking.get(id);
    if (!asking) {
      asking = this.ask(id).finally(() => this.asking.delete(id));
      this.asking.set(id, asking);
    }
    return asking;
  }

  private async ask(id: string): Promise<Found> {
    if (this.busy >= LANES) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy++;
    const askedAt = this.elapsed();
    const outcome = await this.api.fileForms(id);
    this.busy--;
    this.waiting.shift()?.();
    switch (outcome.kind) {
      case "done":
        return { kind: "there", forms: this.keep(id, outcome.value, askedAt) };
      case "refused":
        return { kind: "gone" };
      case "signed_out":
        this.onSignedOut();
        return { kind: "lost" };
      case "lost":
        return { kind: "lost" };
    }
  }

  private keep(id: string, { variants }: FileForms, askedAt: number): readonly FileForm[] {
    this.known.delete(id);
    this.known.set(id, { forms: variants, askedAt });
    const oldest = this.known.keys().next().value;
    if (this.known.size > KEPT && oldest !== undefined) this.known.delete(oldest);
    return variants;
  }
}
