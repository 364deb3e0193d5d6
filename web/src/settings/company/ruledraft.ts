// Rules as they are written in fields: lists are words with commas between them.
import type { AssignmentRules, Rule, Talents } from "../api";

export interface RuleDraft {
  name: string;
  apps: readonly string[];
  languages: string;
  tags: string;
  hours: "any" | "open" | "closed";
  to: "agent" | "speaks" | "nobody";
  skill: string;
}

export interface Draft {
  rules: readonly RuleDraft[];
  /** Minutes; empty: never. */
  returnAfter: string;
}

export const emptyRule: RuleDraft = {
  name: "",
  apps: [],
  languages: "",
  tags: "",
  hours: "any",
  to: "agent",
  skill: "",
};

/** The words of a field, each once. */
export const listOf = (text: string): string[] => [
  ...new Set(
    text
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean),
  ),
];

const textOf = (list: readonly string[] | undefined) => (list ?? []).join(", ");

export const draftOf = (rules: AssignmentRules): Draft => ({
  rules: rules.rules.map((rule) => ({
    name: rule.name,
    apps: rule.apps ?? [],
    languages: textOf(rule.languages),
    tags: textOf(rule.tags),
    hours: rule.hours ?? "any",
    to: rule.to.kind === "nobody" ? "nobody" : rule.to.speaks ? "speaks" : "agent",
    skill: rule.to.kind === "agent" ? (rule.to.skill ?? "") : "",
  })),
  returnAfter: rules.return_after ? String(rules.return_after) : "",
});

function ruleOf(draft: RuleDraft): Rule {
  const skill = draft.skill.trim();
  return {
    name: draft.name.trim(),
    apps: [...draft.apps],
    languages: listOf(draft.languages),
    tags: listOf(draft.tags),
    ...(draft.hours !== "any" && { hours: draft.hours }),
    to:
      draft.to === "nobody"
        ? { kind: "nobody" }
        : { kind: "agent", speaks: draft.to === "speaks", ...(skill && { skill }) },
  };
}

export const rulesOf = (draft: Draft): AssignmentRules => ({
  rules: draft.rules.map(ruleOf),
  ...(draft.returnAfter.trim() && { return_after: Number(draft.returnAfter) }),
});

/** What is wrong with it, before the server is asked. */
export function wrongOf(draft: Draft): "name" | "twice" | "minutes" | null {
  const names = draft.rules.map(({ name }) => name.trim());
  if (names.includes("")) return "name";
  if (new Set(names).size < names.length) return "twice";
  const after = draft.returnAfter.trim();
  const minutes = Number(after);
  if (after && !(Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440)) return "minutes";
  return null;
}

/** The same list with one of its entries a place further up or down. */
export function moved<T>(list: readonly T[], from: number, by: 1 | -1): T[] {
  const next = [...list];
  const [taken] = next.splice(from, 1);
  if (taken !== undefined) next.splice(Math.max(0, from + by), 0, taken);
  return next;
}

export const talentsOf = (skills: string, languages: string, atMost: string): Talents => ({
  skills: listOf(skills),
  languages: listOf(languages),
  ...(atMost.trim() && { at_most: Number(atMost) }),
});
