import { type Act, may, type Role } from "../api/roles";
import type { Action } from "./table";
import type { Actions } from "./useKeys";

const NEEDS: Partial<Record<Action, Act>> = {
  reply: "propose",
  quote: "propose",
  attach: "propose",
  askPlace: "propose",
  askPhoto: "propose",
  sendLater: "answer",
  edit: "answer",
  close: "answer",
  closeStay: "answer",
  note: "note",
  send: "note",
  sendAndClose: "answer",
  replies: "propose",
  snooze: "answer",
  priority: "answer",
  tags: "answer",
  merge: "answer",
  unmerge: "answer",
  assign: "assign",
  take: "assign",
  availability: "assign",
};

/** The actions without those that the role may not do: keys, palette and overview do not offer them. */
export function allowed(actions: Actions, role: Role): Actions {
  const isAllowed = ([action]: [string, unknown]) => {
    const act = NEEDS[action as Action];
    return !act || may(role, act);
  };
  return Object.fromEntries(Object.entries(actions).filter(isAllowed));
}
