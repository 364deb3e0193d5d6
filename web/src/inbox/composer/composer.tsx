import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { may } from "../../api/roles";
import { type Conversation, type HoldUntil, TEXT_BYTES } from "../../api/types";
import { useHint } from "../../keys/kept";
import type { DraftMode } from "../../sync/storage";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { Kbd } from "../../ui/kbd";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { userName } from "../people";
import { gapIn } from "../replies/gaps";
import { askWords } from "../thread/askwords";
import { Quoting } from "../thread/quote";
import { Asking, AskTools } from "./asking";
import { Colleagues } from "./colleagues";
import { pasteLink } from "./mark";
import { MENTIONS } from "./mentions";
import { mentionWords } from "./mentionwords";
import { Tray } from "./tray";
import { useMentions } from "./useMentions";

export interface ComposerHandle {
  focus: () => void;
  send: (andClose: boolean) => boolean;
  /** Leaves what is written with the server, to be sent then. */
  sendAt: (at: Date) => void;
  /** Whether a reply stands there that could be sent. */
  canSendReply: () => boolean;
  /** Puts words where the cursor is, in the place of a slash that asked for them. */
  insert: (words: string) => void;
  /** Lets the person choose files. */
  choose: () => void;
}

type Fault = "draft" | "message" | "note" | null;

const bytes = new TextEncoder();
const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/**
 * The second of two quick clicks sends nothing: the button of the next conversation, with what is begun there, stands in
 * the same place by then.
 */
const isFirst = ({ detail }: React.MouseEvent) => detail < 2;

/** Writes a reply or a note. What is typed is kept at each key, for each conversation and mode apart. */
export function Composer({
  ref,
  conversation,
  mode,
  onMode,
  onReplies,
  onLater,
  onSent,
}: {
  ref: Ref<ComposerHandle>;
  conversation: Conversation;
  mode: DraftMode;
  onMode: (mode: DraftMode) => void;
  /** Asks for a saved reply. */
  onReplies: () => void;
  /** Asks when the reply is to go out. */
  onLater: () => void;
  onSent: (andClose: boolean) => void;
}) {
  const { id } = conversation;
  const { words, format, language } = useWords();
  const inbox = useInbox();
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => inbox.drafts.text(id, mode));
  const [fault, setFault] = useState<Fault>(null);
  const isNote = mode === "note";
  const answers = may(inbox.me.role, "answer");
  const hints = {
    reply: useHint("reply"),
    note: useHint("note"),
    attach: useHint("attach"),
    replies: useHint("replies"),
    later: useHint("sendLater"),
  };
  const over = bytes.encode(text).length - TEXT_BYTES;
  const files = useWatched(`files:${id}`, (it) => it.files(id));
  const isFaulty = files.some(({ progress }) => progress.name === "refused" || progress.name === "missing");
  const hasFiles = !isNote && files.length > 0;
  const gap = isNote ? null : gapIn(text);
  const asks = useWatched(`draft:${id}`, (it) => it.answers.asks(id));
  const isAsking = !isNote && asks !== undefined;
  // Who asks says what it is for.
  const isSaid = text.trim() !== "" || (hasFiles && !isAsking);
  const canSend = !gap && isSaid && over <= 0 && !(hasFiles && isFaulty);

  // A message that was taken back stands in the draft now.
  useEffect(() => inbox.listen(`draft:${id}`, () => setText(inbox.drafts.text(id, mode))), [inbox, id, mode]);

  const change = (value: string) => {
    // A slash typed into an empty reply asks for a saved one.
    if (value === "/" && text === "" && !isNote) onReplies();
    setText(value);
    if (fault === "message" || fault === "note") setFault(null);
    inbox.keepDraft(id, mode, value).then(
      () => setFault((old) => (old === "draft" ? null : old)),
      () => setFault("draft"),
    );
    if (!isNote && value !== "") inbox.isWriting(id);
  };

  const mentions = useMentions(isNote, conversation.team_id, text, field, change);
  const isCrowd = mentions.meant.length > MENTIONS;

  const send = (andClose: boolean, until?: HoldUntil): boolean => {
    if (!canSend || isCrowd) return false;
    const written = text;
    setText("");
    setFault(null);
    inbox.drafts.sent(id, mode);
    const stored = isNote
      ? inbox.note(id, written, mentions.meant)
      : inbox.reply(id, written, andClose, until);
    stored.catch(() => {
      // Nothing was sent: the words stand in the field again.
      setText(written);
      setFault("message");
      inbox.keepDraft(id, mode, written).catch(() => {});
    });
    onSent(andClose && !isNote);
    return true;
  };

  const picker = useRef<HTMLInputElement>(null);
  const attach = (chosen: FileList | readonly File[] | null) => {
    if (!chosen || chosen.length === 0) return;
    if (isNote) return setFault("note");
    inbox.attach(id, [...chosen]);
    field.current?.focus();
  };
  const paste = (event: React.ClipboardEvent<HTMLTextAreaElement>) => {
    const { files: pasted, types } = event.clipboardData;
    // A table of a spreadsheet comes as words and as a picture of them: the words are meant.
    if (pasted.length === 0 || types.includes("text/plain")) return pasteLink(event);
    event.preventDefault();
    attach(pasted);
  };

  useImperativeHandle(ref, () => ({
    focus: () => field.current?.focus(),
    insert: (added) => {
      const { selectionStart: from, selectionEnd: to } = field.current ?? {
        selectionStart: 0,
        selectionEnd: 0,
      };
      change(text === "/" ? added : text.slice(0, from) + added + text.slice(to));
      field.current?.focus();
    },
    send: (andClose) => send(andClose),
    sendAt: (at) => send(false, { type: "time", send_at: at.toISOString() }),
    canSendReply: () => canSend && !isNote,
    choose: () => picker.current?.click(),
  }));

  const name = userName(conversation, words.list.anonymous);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send(false);
      }}
      className="border-t border-line px-3 pt-2.5 pb-3 pair:px-5 pair:pb-4"
    >
      <div className="mx-auto max-w-4xl">
        <div role="tablist" aria-label={words.composer.modes} className="mb-2 flex gap-1">
          {may(inbox.me.role, "propose") && (
            <ModeTab
              isOn={!isNote}
              hint={hints.reply}
              onClick={() => onMode("reply")}
              look="bg-accent-soft text-accent"
            >
              <Icon name="reply" size="small" />
              {words.composer.reply}
            </ModeTab>
          )}
          <ModeTab
            isOn={isNote}
            hint={hints.note}
            onClick={() => onMode("note")}
            look="bg-note text-note-ink"
          >
            <Icon name="note" size="small" />
            {words.composer.note}
          </ModeTab>
          {!answers && !isNote && (
            <p className="ml-auto self-center text-xs text-ink-faint">{words.roles.learns}</p>
          )}
          {conversation.state === "closed" && !isNote && (
            <p className="ml-auto self-center text-xs text-ink-faint">{words.composer.closedHint}</p>
          )}
        </div>
        <div
          className={`relative rounded-xl border shadow-raised transition-colors focus-within:outline-2 focus-within:outline-offset-1 ${
            isNote
              ? "border-note-line bg-note focus-within:outline-note-solid"
              : "border-line-strong bg-surface focus-within:outline-accent"
          }`}
        >
          {mentions.people.length > 0 && (
            <Colleagues
              people={mentions.people}
              current={mentions.current}
              onPoint={mentions.point}
              onPick={mentions.pick}
            />
          )}
          {!isNote && <Quoting conversation={id} user={name} />}
          {isAsking && <Asking conversation={id} what={asks} />}
          {!isNote && <Tray conversation={id} />}
          <textarea
            ref={field}
            onPaste={paste}
            id="composer"
            data-marked
            value={text}
            onChange={(event) => {
              change(event.target.value);
              mentions.look();
            }}
            onKeyDown={mentions.press}
            onSelect={mentions.look}
            onBlur={mentions.leave}
            {...mentions.field}
            aria-label={isNote ? words.composer.noteLabel : words.composer.replyLabel}
            aria-describedby={over > 0 || fault || gap || isCrowd ? "composer-fault" : undefined}
            aria-invalid={over > 0}
            placeholder={
              isNote
                ? words.composer.notePlaceholder
                : isAsking
                  ? askWords[language].purpose
                  : words.composer.replyPlaceholder(name)
            }
            rows={2}
            dir="auto"
            className="block field-sizing-content max-h-[40dvh] min-h-16 w-full resize-none bg-transparent px-3.5 pt-2.5 text-base outline-none placeholder:text-ink-faint"
          />
          <div className="flex flex-wrap items-center justify-end gap-2 px-2 pb-2">
            {mentions.meant.length > 0 && !isCrowd && !fault && over <= 0 && (
              <p data-told role="status" className="mr-auto min-w-0 px-1.5 text-sm text-note-ink">
                {mentionWords[language].told(mentions.meant.map(({ name }) => name).join(", "))}
              </p>
            )}
            {(over > 0 || fault || gap || isCrowd) && (
              <p id="composer-fault" role="alert" className="mr-auto px-1.5 text-sm text-danger">
                {over > 0 && words.composer.tooLong(format.number(over))}
                {over <= 0 && gap && words.composer.gap(gap)}
                {over <= 0 && fault === "draft" && words.composer.draftNotStored}
                {over <= 0 && fault === "message" && words.composer.notStored}
                {over <= 0 && isCrowd && mentionWords[language].tooMany}
                {over <= 0 && fault === "note" && words.attach.notInNotes}
              </p>
            )}
            {!isNote && (
              <span className="mr-auto">
                <input
                  ref={picker}
                  type="file"
                  multiple
                  hidden
                  data-picker
                  onChange={(event) => {
                    attach(event.target.files);
                    // The same file again is another choice.
                    event.target.value = "";
                  }}
                />
                <Button
                  size="icon"
                  aria-label={words.attach.attach}
                  title={words.attach.attach}
                  aria-keyshortcuts={hints.attach}
                  onClick={() => picker.current?.click()}
                >
                  <Icon name="clip" size="large" />
                </Button>
                <Button
                  size="icon"
                  aria-label={words.composer.saved}
                  title={words.composer.saved}
                  aria-keyshortcuts={hints.replies}
                  onClick={onReplies}
                >
                  <Icon name="choices" size="large" />
                </Button>
                <AskTools conversation={id} what={asks} onAsk={() => field.current?.focus()} />
              </span>
            )}
            {!isNote && answers && (
              <Button
                size="icon"
                aria-label={words.composer.later}
                title={words.composer.later}
                aria-keyshortcuts={hints.later}
                disabled={!canSend}
                onClick={onLater}
              >
                <Icon name="clock" size="large" />
              </Button>
            )}
            {!isNote && answers && conversation.state === "open" && (
              <span className="hidden sm:contents">
                <Button onClick={(event) => isFirst(event) && send(true)} disabled={!canSend}>
                  {words.composer.sendAndClose}
                </Button>
              </span>
            )}
            <Button
              type="submit"
              look={isNote ? "note" : "solid"}
              disabled={!canSend}
              onClick={(event) => !isFirst(event) && event.preventDefault()}
            >
              {isNote ? words.composer.addNote : answers ? words.composer.send : words.composer.propose}
              <span className="hidden items-center opacity-85 pair:inline-flex" aria-hidden="true">
                {isMac ? "⌘" : "Ctrl "}↵
              </span>
            </Button>
          </div>
        </div>
      </div>
    </form>
  );
}

function ModeTab({
  isOn,
  hint,
  look,
  onClick,
  children,
}: {
  isOn: boolean;
  hint: string | undefined;
  look: string;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <button
      type="button"
      role="tab"
      aria-selected={isOn}
      aria-controls="composer"
      aria-keyshortcuts={hint}
      onClick={onClick}
      className={`inline-flex h-7 items-center gap-1.5 rounded-md px-2.5 text-sm font-medium ${isOn ? look : "text-ink-faint hover:bg-hover hover:text-ink"}`}
    >
      {children}
      {!isOn && hint && (
        <span aria-hidden="true" className="hidden pair:contents">
          <Kbd>{hint}</Kbd>
        </span>
      )}
    </button>
  );
}
