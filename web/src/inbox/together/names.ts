import type { Agent } from "../../api/types";
import type { Language } from "../../words/words";
import { togetherWords } from "./words";

/** So many are named; the rest is counted. */
const NAMED = 2;

/** Colleagues by name, as a sentence has them: "Carla, Ben and 2 others". */
export function namesOf(
  ids: readonly string[],
  agents: ReadonlyMap<string, Agent>,
  language: Language,
): string {
  const own = togetherWords[language];
  const names = ids.map((id) => agents.get(id)?.name ?? own.colleague).sort((a, b) => a.localeCompare(b));
  // One more is shorter by name than by count.
  const named =
    names.length > NAMED + 1 ? [...names.slice(0, NAMED), own.others(names.length - NAMED)] : names;
  return new Intl.ListFormat(language).format(named);
}
