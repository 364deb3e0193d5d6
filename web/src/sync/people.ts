// Who works here: whose name belongs to an id, and who can be chosen for what.
import type { Api } from "../api/client";
import { may } from "../api/roles";
import type { Colleague } from "../api/types";
import type { Signals } from "./signals";

/** How old what is known may be where somebody is chosen, in milliseconds. */
const FRESH_MS = 60_000;

/** Those of a team who have not left: a note can mention them. */
export const isOf = ({ team_ids, disabled }: Colleague, team: string): boolean =>
  !disabled && team_ids.includes(team);

/** Whether a conversation of each of these teams can be given to them. */
export const canTake = (colleague: Colleague, teams: Iterable<string>): boolean =>
  may(colleague.role, "assign") && [...teams].every((team) => isOf(colleague, team));

/** Whether they share a team with who is signed in, and take conversations on. */
export const worksHere = ({ role, team_ids, disabled }: Colleague): boolean =>
  !disabled && team_ids.length > 0 && may(role, "assign");

export interface PeopleWorld {
  api: Api;
  signals: Signals;
  /** Milliseconds that only grow. */
  elapsed: () => number;
  signedOut: () => void;
}

export class People {
  all: ReadonlyMap<string, Colleague> = new Map();
  /** Those whom nobody had told of; each is asked for once. */
  private readonly unknown = new Set<string>();
  private isAsking = false;
  private isAgain = false;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly world: PeopleWorld) {}

  /** Takes over what the server, or an earlier page, said. */
  take(agents: readonly Colleague[]): void {
    this.all = new Map(agents.map((agent) => [agent.id, agent]));
    this.world.signals.touch("people");
  }

  /** The server has just said it. */
  told(agents: readonly Colleague[]): void {
    this.askedAt = this.world.elapsed();
    this.take(agents);
  }

  /** Something is with this agent: whoever came after the page was opened is asked for. */
  meet(id: string): void {
    if (this.all.has(id) || this.unknown.has(id)) return;
    this.unknown.add(id);
    void this.ask();
  }

  /** Somebody is to be chosen: who left or changed the team meanwhile is not offered for long. */
  freshen(): void {
    if (this.world.elapsed() - this.askedAt >= FRESH_MS) void this.ask();
  }

  /** The server is back: it may know those whom nobody could tell of. */
  live(): void {
    if ([...this.unknown].some((id) => !this.all.has(id))) void this.ask();
  }

  private async ask(): Promise<void> {
    // Who is met while an answer is on its way may be missing in it.
    this.isAgain = this.isAsking;
    if (this.isAsking) return;
    this.isAsking = true;
    const outcome = await this.world.api.bootstrap(1);
    this.isAsking = false;
    if (outcome.kind === "signed_out") return this.world.signedOut();
    if (outcome.kind === "done") this.told(outcome.value.agents);
    if (this.isAgain && outcome.kind === "done") await this.ask();
  }
}
