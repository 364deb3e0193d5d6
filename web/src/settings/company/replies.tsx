import { useCallback, useState } from "react";
import { api, type Outcome } from "../../api/client";
import type { SavedReply, Team } from "../../api/types";
import { EditReply } from "../../inbox/replies/edit";
import { wordsIn } from "../../inbox/replies/fill";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { fold } from "../../words/fold";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Row, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { repliesWords } from "./replieswords";

interface Known {
  replies: readonly SavedReply[];
  teams: readonly Team[];
}

async function known(): Promise<Outcome<Known>> {
  const [list, start] = await Promise.all([api.savedReplies(undefined), api.bootstrap(1)]);
  if (list.kind !== "done") return list;
  if (start.kind !== "done") return start;
  return { kind: "done", value: { replies: list.value.replies, teams: start.value.teams } };
}

/** The saved replies of the agent and of their teams: found, written, changed, deleted. */
export default function Replies() {
  const [list, again] = useLoaded(known);
  return (
    <Shown state={list} onAgain={() => void again()}>
      {(value) => <List known={value} onChanged={again} />}
    </Shown>
  );
}

function List({ known: { replies, teams }, onChanged }: { known: Known; onChanged: () => Promise<void> }) {
  const { it, language, format } = useSettingsWords();
  const own = repliesWords[language];
  const [filter, setFilter] = useState("");
  /** The id of a team, `mine`, or empty for all. */
  const [whose, setWhose] = useState("");
  const [edited, setEdited] = useState<SavedReply | "new" | null>(null);
  const [removed, setRemoved] = useState<SavedReply | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const wanted = fold(filter.trim());
  const isWanted = (reply: SavedReply) =>
    (whose === "" || (reply.team_id ?? "mine") === whose) &&
    fold([reply.name, ...reply.texts.map(({ text }) => text)].join(" ")).includes(wanted);
  const shown = replies.filter(isWanted);
  const teamOf = (id: string | null | undefined) => teams.find((team) => team.id === id)?.name;
  const done = (gone?: SavedReply) => {
    setEdited(null);
    setRemoved(gone ?? null);
    setSaid(gone ? own.deleted(gone.name) : null);
    setFault(null);
    void onChanged();
  };
  const undo = async ({ id, name, texts, team_id }: SavedReply) => {
    const outcome = await api.putSavedReply(id, { name, texts, ...(team_id ? { team_id } : {}) });
    setFault(faultOf(outcome, it));
    if (outcome.kind !== "done") return;
    setRemoved(null);
    setSaid(own.back(name));
    await onChanged();
  };
  const nameOf = useCallback(
    (code: string) => new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code,
    [language],
  );
  const now = new Date();
  return (
    <Section
      title={own.title}
      lead={own.lead}
      action={
        <Button look="line" onClick={() => setEdited("new")}>
          <Icon name="plus" />
          {own.add}
        </Button>
      }
    >
      {(said || fault) && (
        <div className="flex flex-wrap items-center gap-3 p-3">
          <div className="min-w-0 flex-1">{fault ? <Fault text={fault} /> : <Said text={said} />}</div>
          {removed && (
            <Button look="line" data-undo-reply onClick={() => void undo(removed)}>
              <Icon name="undo" />
              {own.undo}
            </Button>
          )}
        </div>
      )}
      {replies.length > 0 && (
        <div className="flex flex-wrap items-end gap-3 p-4">
          <div className="min-w-0 flex-1 basis-52">
            <Field
              type="search"
              name="find"
              label={own.find}
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
          </div>
          <label className="text-sm font-medium text-ink-soft">
            <span className="mb-1.5 block">{own.whose}</span>
            <select
              name="whose"
              value={whose}
              onChange={(event) => setWhose(event.target.value)}
              className="h-11 rounded-lg border border-line-strong bg-raised px-2.5 text-base text-ink"
            >
              <option value="">{own.all}</option>
              {teams.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
              <option value="mine">{own.mine}</option>
            </select>
          </label>
        </div>
      )}
      {replies.length === 0 && <p className="px-4 py-4 text-sm text-ink-faint">{own.none}</p>}
      {replies.length > 0 && shown.length === 0 && (
        <p className="px-4 py-4 text-sm text-ink-faint">{own.nothing}</p>
      )}
      {shown.map((reply) => {
        const team = teamOf(reply.team_id);
        const facts = [
          team ? own.of(team) : own.mine,
          own.languages(reply.texts.length, reply.texts.map((text) => nameOf(text.language)).join(", ")),
          own.changed(format.day(new Date(reply.updated_at), now)),
        ];
        return (
          <div key={reply.id} data-reply={reply.name}>
            <Row
              title={<bdi>{reply.name}</bdi>}
              more={
                <>
                  <bdi className="line-clamp-2 text-ink-soft">{wordsIn(reply, language)}</bdi>
                  <span className="block text-xs">{facts.join(" · ")}</span>
                </>
              }
            >
              <Button look="line" aria-label={own.editOf(reply.name)} onClick={() => setEdited(reply)}>
                {own.edit}
              </Button>
            </Row>
          </div>
        );
      })}
      {edited && (
        <EditReply
          reply={edited === "new" ? null : edited}
          teams={teams}
          onDone={done}
          onClose={() => setEdited(null)}
        />
      )}
    </Section>
  );
}
