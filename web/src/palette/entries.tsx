import type { ReactNode } from "react";
import type { Conversation, Hit, SnippetPiece } from "../api/types";
import { userName } from "../inbox/people";
import { useShelfName } from "../inbox/shelfname";
import { KeyHint } from "../keys/hint";
import type { Listed } from "../sync/shelf";
import { Avatar } from "../ui/avatar";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import type { Command } from "./commands";

/** One line of the palette. */
export type Entry =
  | { kind: "command"; key: string; command: Command }
  | { kind: "conversation"; key: string; conversation: Conversation }
  | { kind: "hit"; key: string; hit: Hit; conversation: Conversation | undefined }
  /** All of a list, of which the memory has a part. */
  | { kind: "list"; key: string; shelf: Listed }
  /** `isFirst`: nothing was found so far. */
  | { kind: "more"; key: string; isFirst: boolean };

export function EntryView({ entry }: { entry: Entry }) {
  const { words, format } = useWords();
  const now = new Date();
  switch (entry.kind) {
    case "command": {
      const { command } = entry;
      return (
        <>
          <Square>
            <Icon name={command.icon} />
          </Square>
          <span className="min-w-0 flex-1 truncate text-sm font-medium">{command.name}</span>
          {command.row && <KeyHint row={{ keys: command.row.keys, needs: command.row.needs }} />}
        </>
      );
    }
    case "conversation": {
      const { conversation } = entry;
      const name = userName(conversation, words.list.anonymous);
      return (
        <>
          <Avatar id={conversation.user.id} name={name} />
          <span className="min-w-0 flex-1">
            <span className="block truncate text-sm font-medium">
              <bdi>{name}</bdi>
            </span>
            <span className="block truncate text-xs text-ink-faint">
              {conversation.state === "closed" && `${words.views.closed} · `}
              <bdi>{conversation.title || conversation.user.email || words.palette.conversation}</bdi>
            </span>
          </span>
          <Moment at={conversation.active_at} text={format.short(new Date(conversation.active_at), now)} />
        </>
      );
    }
    case "hit": {
      const { hit, conversation } = entry;
      const user =
        hit.kind === "user"
          ? hit.user.name || hit.user.email || hit.user.external_id
          : conversation && userName(conversation, words.list.anonymous);
      const name = user || words.list.anonymous;
      const at = hit.kind === "message" ? hit.sent_at : hit.kind === "note" ? hit.created_at : null;
      return (
        <>
          {hit.kind === "note" ? (
            <Square look="bg-note text-note-ink">
              <Icon name="note" />
            </Square>
          ) : (
            <Avatar id={conversation?.user.id ?? hit.conversation_id} name={name} />
          )}
          <span className="min-w-0 flex-1">
            <span className="block truncate text-sm">
              <bdi className="font-medium">{name}</bdi>
              <Writer hit={hit} />
            </span>
            <Snippet pieces={hit.snippet} />
          </span>
          {at && <Moment at={at} text={format.short(new Date(at), now)} />}
        </>
      );
    }
    case "list":
      return <ListEntry shelf={entry.shelf} />;
    case "more":
      return (
        <span className="flex-1 text-center text-sm text-ink-faint">
          {entry.isFirst && `${words.palette.nothingYet} `}
          <span className="font-medium text-accent">
            {entry.isFirst ? words.palette.further : words.palette.more}
          </span>
        </span>
      );
  }
}

function ListEntry({ shelf }: { shelf: Listed }) {
  const { words } = useWords();
  return (
    <>
      <Square>
        <Icon name="list" />
      </Square>
      <span className="min-w-0 flex-1 truncate text-sm font-medium">
        {words.palette.goTo(useShelfName(shelf))}
      </span>
    </>
  );
}

function Square({ look = "bg-hover text-ink-soft", children }: { look?: string; children: ReactNode }) {
  return (
    <span className={`inline-flex size-9 shrink-0 items-center justify-center rounded-lg ${look}`}>
      {children}
    </span>
  );
}

function Moment({ at, text }: { at: string; text: string }) {
  return (
    <time dateTime={at} className="numeric shrink-0 self-start pt-0.5 text-xs text-ink-faint">
      {text}
    </time>
  );
}

/** Who of the team wrote what was found; nothing when it was the user. */
function Writer({ hit }: { hit: Hit }) {
  const { words } = useWords();
  const name =
    hit.kind === "note"
      ? hit.agent_name
      : hit.kind === "message" && hit.author.kind === "agent" && hit.author.name;
  if (!name) return null;
  return (
    <span className="text-xs text-ink-faint">
      {" · "}
      <bdi>{hit.kind === "note" ? words.palette.noteOf(name) : words.palette.replyOf(name)}</bdi>
    </span>
  );
}

/** An excerpt with what was looked for; the server says which pieces those are, and every piece is text. */
function Snippet({ pieces }: { pieces: readonly SnippetPiece[] }) {
  return (
    <span dir="auto" className="line-clamp-2 text-left text-xs text-ink-soft [overflow-wrap:anywhere]">
      {pieces.map((piece, place) =>
        piece.hit ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of an excerpt never change places
          <mark key={place} className="rounded-[3px] bg-accent-soft font-medium text-accent">
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </span>
  );
}
