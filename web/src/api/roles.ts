import type { Agent } from "./types";

export type Role = Agent["role"];
export type Act = "read" | "mark_read" | "note" | "assign" | "propose" | "answer" | "administer" | "own";

const TABLE: Record<Role, readonly Act[]> = {
  owner: ["read", "mark_read", "note", "assign", "propose", "answer", "administer", "own"],
  admin: ["read", "mark_read", "note", "assign", "propose", "answer", "administer"],
  agent: ["read", "mark_read", "note", "assign", "propose", "answer"],
  trainee: ["read", "note", "assign", "propose"],
  viewer: ["read"],
};

/** Whether a role may: what the server would say, so that the page need not offer what is refused. */
export const may = (role: Role, act: Act): boolean => TABLE[role]?.includes(act) ?? false;
