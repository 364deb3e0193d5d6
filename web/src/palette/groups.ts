import type { Conversation } from "../api/types";
import { type Chips, fits, isNarrowed } from "../search/query";
import type { Found } from "../search/useSearch";
import type { Messages } from "../words/en";
import type { Command } from "./commands";
import type { Entry } from "./entries";
import { findConversations, findNamed, wordsOf } from "./find";
import { listsOf } from "./lists";

export interface Group {
  id: keyof Messages["palette"]["groups"] | "lists";
  entries: Entry[];
}

const COMMANDS = 6;
const LOCAL = 6;

/** Lays out what was found: what is in memory first and at once, then what the server says. */
export function groupsOf(
  text: string,
  chips: Chips,
  source: {
    commands: readonly Command[];
    known: Iterable<Conversation>;
    /** What the tags of the teams are called. */
    tags: readonly string[];
    me: string;
    conversation: (id: string) => Conversation | undefined;
    messages: Found;
    people: Found;
  },
): Group[] {
  const words = wordsOf(text);
  const isEverything = chips.scope === "everything";
  const groups: Group[] = [];
  const add = (id: Group["id"], entries: Entry[]) => {
    if (entries.length > 0) groups.push({ id, entries });
  };

  const among = [...source.known].filter((it) => fits(chips, it, source.me));
  const local =
    isEverything || (chips.scope === "people" && words.length > 0)
      ? findConversations(among, words, LOCAL)
      : [];
  const commands = isEverything && !isNarrowed(chips) ? findNamed(source.commands, words) : [];
  const ofCommands = (words.length > 0 ? commands.slice(0, COMMANDS) : commands.slice(0, 4)).map(
    (command): Entry => ({ kind: "command", key: command.id, command }),
  );
  const ofLocal = local.map(
    (conversation): Entry => ({ kind: "conversation", key: conversation.id, conversation }),
  );
  if (words.length === 0) add("recent", ofLocal);
  else add("conversations", ofLocal);
  const lists = words.length === 0 ? listsOf(chips, source.tags) : [];
  add(
    "lists",
    lists.map((shelf): Entry => ({ kind: "list", key: shelf, shelf })),
  );
  add("commands", ofCommands);

  const shown = new Set(local.map(({ id }) => id));
  const hits = ({ hits, next }: Found, id: Group["id"], isNew: (id: string) => boolean) => {
    const entries = hits
      .filter((hit) => isNew(hit.conversation_id))
      .map((hit): Entry => {
        const key = hit.kind === "message" ? hit.message_id : hit.kind === "note" ? hit.note_id : hit.user.id;
        return { kind: "hit", key, hit, conversation: source.conversation(hit.conversation_id) };
      });
    // Also below nothing: what is rare may stand further back than what was looked through.
    if (next !== null) entries.push({ kind: "more", key: `more ${id}`, isFirst: hits.length === 0 });
    add(id, entries);
  };
  // Whom the memory knew already need not be told twice.
  hits(source.people, "people", (id) => !shown.has(id));
  hits(source.messages, chips.scope === "notes" ? "notes" : "messages", () => true);
  return groups;
}
