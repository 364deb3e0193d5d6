import { VIEWS, type View } from "./api/types";

/** Where the agent is: a view, and perhaps a conversation in it. It is the address, so that it can be shared and reloaded. */
export interface Place {
  view: View;
  conversation: string | null;
}

export const HOME: Place = { view: "mine", conversation: null };

export function pathOf({ view, conversation }: Place): string {
  return conversation ? `/${view}/${conversation}` : `/${view}`;
}

/** Reads an address; one that means nothing is home. */
export function placeOf(path: string): Place {
  const [first, second] = path.split("/").filter(Boolean);
  const view = VIEWS.find((known) => known === first);
  if (!view) return HOME;
  return { view, conversation: second && /^cnv_[0-9a-z]{26}$/.test(second) ? second : null };
}
