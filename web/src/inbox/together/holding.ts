import type { Agent, Problem } from "../../api/types";
import type { TogetherWords } from "./words";

/** Who has a conversation, since when, by whose hand: "Carla took this at 10:02". */
export function holding(
  { agent_id, since, by_agent_id }: NonNullable<Problem["holder"]>,
  own: TogetherWords,
  agents: ReadonlyMap<string, Agent>,
  timeOf: (at: Date) => string,
): string {
  if (!agent_id) return own.freed;
  const nameOf = (id: string) => agents.get(id)?.name ?? own.colleague;
  const time = since ? timeOf(new Date(since)) : "";
  if (!by_agent_id) return own.has(nameOf(agent_id), time);
  if (by_agent_id === agent_id) return own.took(nameOf(agent_id), time);
  return own.got(nameOf(agent_id), nameOf(by_agent_id), time);
}
