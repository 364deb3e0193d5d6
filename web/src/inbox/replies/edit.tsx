import { type FormEvent, useState } from "react";
import { api } from "../../api/client";
import type { SavedReply, SavedText, Team } from "../../api/types";
import { idOf } from "../../sync/ids";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { PLACEHOLDERS } from "./fill";
import { replyWords } from "./words";

const CODES =
  "ar bg cs da de el en es et fi fr he hi hr hu id it ja ko lt lv nb nl pl pt pt-BR ro ru sk sl sv th tr uk vi zh";
const LANGUAGES = CODES.split(" ");
const MOST = 12;
const SELECT = "h-9 rounded-lg border border-line-strong bg-surface px-2.5 text-sm text-ink";

/** Writes a saved reply in the languages that users speak, or deletes it. */
export function EditReply({
  reply,
  teams,
  onDone,
  onClose,
}: {
  /** Null: a new one. */
  reply: SavedReply | null;
  teams: readonly Team[];
  /** `removed`: it was deleted. */
  onDone: (removed?: SavedReply) => void;
  onClose: () => void;
}) {
  const { language } = useWords();
  const own = replyWords[language];
  const [name, setName] = useState(reply?.name ?? "");
  const [team, setTeam] = useState(reply ? (reply.team_id ?? "") : (teams[0]?.id ?? ""));
  const [texts, setTexts] = useState<readonly SavedText[]>(reply?.texts ?? [{ language, text: "" }]);
  const [fault, setFault] = useState<string | null>(null);
  const [isSure, setIsSure] = useState(false);
  const nameOf = (code: string) => new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
  const change = (place: number, more: Partial<SavedText>) =>
    setTexts(texts.map((it, at) => (at === place ? { ...it, ...more } : it)));
  const settle = (kind: "done" | "refused" | "lost" | "signed_out", removed?: SavedReply) => {
    if (kind === "done") onDone(removed);
    else setFault(kind === "refused" ? own.notSaved : own.lost);
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === "") return setFault(own.needName);
    const written = texts.filter(({ text }) => text.trim() !== "");
    if (written.length === 0) return setFault(own.needWords);
    const id = reply?.id ?? idOf("rpl", Date.now(), crypto.getRandomValues(new Uint8Array(10)));
    const outcome = await api.putSavedReply(id, {
      name: name.trim(),
      texts: [...written],
      ...(team === "" ? {} : { team_id: team }),
    });
    settle(outcome.kind);
  };
  const remove = async () => {
    if (!reply) return;
    if (!isSure) return setIsSure(true);
    settle((await api.deleteSavedReply(reply.id)).kind, reply);
  };
  const free = LANGUAGES.find((code) => !texts.some((it) => it.language === code));
  return (
    <Dialog label={own.title} onClose={onClose} className="w-[min(34rem,calc(100vw-2rem))]">
      <form noValidate onSubmit={save} className="flex max-h-[inherit] flex-col gap-4 overflow-y-auto p-5">
        <h2 className="text-lg font-semibold">{own.title}</h2>
        <Field
          label={own.name}
          autoFocus
          maxLength={120}
          value={name}
          onChange={(it) => setName(it.target.value)}
        />
        <label className="flex flex-wrap items-center gap-3 text-sm font-medium text-ink-soft">
          {own.whom}
          <select
            value={team}
            disabled={reply !== null}
            onChange={(it) => setTeam(it.target.value)}
            className={SELECT}
          >
            {teams.map(({ id, name: called }) => (
              <option key={id} value={id}>
                {called}
              </option>
            ))}
            <option value="">{own.own}</option>
          </select>
        </label>
        {texts.map((it, place) => (
          <fieldset key={it.language} className="flex flex-col gap-2">
            <legend className="sr-only">{own.words(nameOf(it.language))}</legend>
            <div className="flex items-center gap-2">
              <select
                aria-label={own.language}
                value={it.language}
                onChange={(event) => change(place, { language: event.target.value })}
                className={SELECT}
              >
                {[...new Set([it.language, ...LANGUAGES])]
                  .filter((code) => code === it.language || !texts.some((other) => other.language === code))
                  .map((code) => (
                    <option key={code} value={code}>
                      {nameOf(code)}
                    </option>
                  ))}
              </select>
              {texts.length > 1 && (
                <Button
                  size="icon"
                  aria-label={own.remove(nameOf(it.language))}
                  onClick={() => setTexts(texts.filter((_, at) => at !== place))}
                >
                  <Icon name="close" />
                </Button>
              )}
            </div>
            <textarea
              aria-label={own.words(nameOf(it.language))}
              lang={it.language}
              dir="auto"
              rows={4}
              value={it.text}
              onChange={(event) => change(place, { text: event.target.value })}
              className="w-full resize-y rounded-lg border border-line-strong bg-surface px-3 py-2 text-base"
            />
          </fieldset>
        ))}
        {free && texts.length < MOST && (
          <Button
            className="self-start"
            look="accent"
            onClick={() => setTexts([...texts, { language: free, text: "" }])}
          >
            {own.add}
          </Button>
        )}
        <p className="text-xs text-ink-faint">
          {own.placeholders} {PLACEHOLDERS.map((it) => `{{${it}}}`).join(" ")}
        </p>
        {fault && (
          <p role="alert" className="text-sm text-danger">
            {fault}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          {reply && (
            <Button look="danger" size="normal" className="mr-auto" onClick={() => void remove()}>
              {isSure ? own.sure : own.delete}
            </Button>
          )}
          <Button size="normal" onClick={() => onDone()}>
            {own.back}
          </Button>
          <Button type="submit" look="solid" size="normal">
            {own.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
