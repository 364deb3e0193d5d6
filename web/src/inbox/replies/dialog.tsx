import { useCallback, useEffect, useState } from "react";
import { api } from "../../api/client";
import type { Conversation, SavedReply, Team } from "../../api/types";
import { KeyHint } from "../../keys/hint";
import { Button } from "../../ui/button";
import { fold } from "../../words/fold";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { Picker } from "../triage/picker";
import { EditReply } from "./edit";
import { factsOf, fill, wordsIn } from "./fill";
import { replyWords } from "./words";

interface Known {
  replies: readonly SavedReply[];
  language: string | null;
  teams: readonly Team[];
}

/** The saved replies: one is put into the field, or they are looked after. */
export default function SavedReplies({
  conversation,
  onInsert,
  onClose,
}: {
  conversation: Conversation | undefined;
  onInsert: (text: string) => void;
  onClose: () => void;
}) {
  const { language } = useWords();
  const own = replyWords[language];
  const inbox = useInbox();
  const [known, setKnown] = useState<Known | "loading" | "failed">("loading");
  const [filter, setFilter] = useState("");
  const [edited, setEdited] = useState<SavedReply | "new" | null>(null);
  const id = conversation?.id;
  const load = useCallback(async () => {
    const [list, start] = await Promise.all([api.savedReplies(id), api.bootstrap(1)]);
    if (list.kind !== "done" || start.kind !== "done") return setKnown("failed");
    const { replies, language: users } = list.value;
    setKnown({ replies, language: users ?? null, teams: start.value.teams });
  }, [id]);
  useEffect(() => void load(), [load]);

  if (edited && typeof known === "object") {
    return (
      <EditReply
        reply={edited === "new" ? null : edited}
        teams={known.teams}
        onDone={() => {
          setEdited(null);
          setFilter("");
          setKnown("loading");
          void load();
        }}
        onClose={onClose}
      />
    );
  }
  const all = typeof known === "object" ? known.replies : [];
  const users = typeof known === "object" ? known.language : null;
  const wanted = fold(filter.trim());
  const shown = all
    .filter((reply) => fold(`${reply.name} ${wordsIn(reply, users)}`).includes(wanted))
    // What begins so comes first.
    .sort((a, b) => Number(fold(b.name).startsWith(wanted)) - Number(fold(a.name).startsWith(wanted)));
  const wordsOf = (reply: SavedReply) =>
    conversation ? fill(wordsIn(reply, users), factsOf(conversation, inbox.me)) : wordsIn(reply, users);
  const use = (reply: SavedReply) => {
    if (!conversation) return setEdited(reply);
    onClose();
    onInsert(wordsOf(reply));
  };
  const empty =
    known === "loading"
      ? own.loading
      : known === "failed"
        ? own.failed
        : all.length > 0
          ? own.nothing
          : own.none;
  return (
    <Picker
      title={own.title}
      field={{ label: own.find, value: filter, onChange: setFilter }}
      choices={shown.map((reply) => ({
        id: reply.id,
        isOn: false,
        label: (
          <>
            <span className="min-w-0 flex-1">
              <bdi className="block truncate font-medium">{reply.name}</bdi>
              <bdi className="block truncate text-xs text-ink-faint">{wordsOf(reply)}</bdi>
            </span>
            <span
              data-edit
              aria-hidden="true"
              className="rounded-lg px-2.5 py-1.5 font-medium text-ink-soft hover:bg-hover"
            >
              {own.edit}
            </span>
          </>
        ),
      }))}
      empty={empty}
      onPick={(picked) => {
        const reply = all.find((it) => it.id === picked);
        if (reply) use(reply);
      }}
      onEdit={(picked) => {
        const reply = all.find((it) => it.id === picked);
        if (reply) setEdited(reply);
      }}
      onClose={onClose}
    >
      <div className="flex items-center gap-3 border-t border-line px-4 py-3">
        <p className="flex min-w-0 flex-1 items-center gap-1.5 text-xs text-ink-faint">
          <KeyHint row={{ keys: ["e"], needs: "command" }} />
          {own.edit}
        </p>
        <Button
          look="line"
          size="normal"
          disabled={typeof known !== "object"}
          onClick={() => setEdited("new")}
        >
          {own.fresh}
        </Button>
      </div>
    </Picker>
  );
}
