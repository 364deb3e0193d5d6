import { useEffect, useRef, useState } from "react";
import type { Conversation, SavedReply } from "../../api/types";
import { KeyHint } from "../../keys/hint";
import { Button } from "../../ui/button";
import { fold } from "../../words/fold";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { Picker } from "../triage/picker";
import { EditReply } from "./edit";
import { factsOf, fill, wordsIn } from "./fill";
import { useReplies } from "./useReplies";
import { replyWords } from "./words";

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
  const { known, isLost, again, users, whenSure } = useReplies(conversation?.id);
  const [filter, setFilter] = useState("");
  const [edited, setEdited] = useState<SavedReply | "new" | null>(null);
  const isOpen = useRef(true);
  useEffect(() => {
    isOpen.current = true;
    return () => {
      isOpen.current = false;
    };
  }, []);

  if (edited && known) {
    return (
      <EditReply
        reply={edited === "new" ? null : edited}
        teams={known.teams}
        onDone={() => {
          setEdited(null);
          setFilter("");
          again();
        }}
        onClose={onClose}
      />
    );
  }
  const all = known?.replies ?? [];
  const wanted = fold(filter.trim());
  const shown = all
    .filter((reply) => fold(`${reply.name} ${wordsIn(reply, users)}`).includes(wanted))
    // What begins so comes first.
    .sort((a, b) => Number(fold(b.name).startsWith(wanted)) - Number(fold(a.name).startsWith(wanted)));
  const wordsOf = (reply: SavedReply, of = users) =>
    conversation ? fill(wordsIn(reply, of), factsOf(conversation, inbox.me)) : wordsIn(reply, of);
  const use = async (reply: SavedReply) => {
    if (!conversation) return setEdited(reply);
    const sure = await whenSure();
    if (!isOpen.current) return;
    onClose();
    onInsert(wordsOf(reply, sure));
  };
  const empty = isLost ? own.failed : !known ? own.loading : all.length > 0 ? own.nothing : own.none;
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
        if (reply) void use(reply);
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
        <Button look="line" size="normal" disabled={!known} onClick={() => setEdited("new")}>
          {own.fresh}
        </Button>
      </div>
    </Picker>
  );
}
