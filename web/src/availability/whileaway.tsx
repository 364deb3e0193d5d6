import { useEffect, useId, useState } from "react";
import { useInbox, useWatched } from "../inbox/context";
import { worksHere } from "../sync/people";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { handOver, setAway } from "./away";
import { availabilityWords } from "./words";

/** Fewer bytes than a note may have, whatever is written. */
const NOTE_LETTERS = 4_000;
/** So many stand for that many or more: the server counts no further. */
const COUNTED = 1_000;

/** While the agent is away: comes back, changes until when, hands over what is theirs. */
export function WhileAway({ onChange, onClose }: { onChange: () => void; onClose: () => void }) {
  const { language, format } = useWords();
  const own = availabilityWords[language];
  const inbox = useInbox();
  const until = useWatched("away", (it) => it.away.get(it.me.id));
  const [fault, setFault] = useState<string | null>(null);
  const back = async () => {
    const outcome = await setAway(inbox, null);
    if (outcome.kind === "done") onClose();
    else setFault(outcome.kind === "refused" ? own.refused : own.lost);
  };
  return (
    <Dialog label={own.awayTitle} onClose={onClose} className="mt-[12vh]">
      <div className="flex items-start gap-3 border-b border-line px-4 pt-4 pb-3">
        <div className="min-w-0 flex-1">
          <h2 className="text-sm font-semibold">{own.awayTitle}</h2>
          <p className="mt-0.5 text-sm text-ink-faint">
            {until ? own.awayUntil(format.when(new Date(until), new Date())) : own.away}
          </p>
        </div>
        <Button size="icon" aria-label={own.close} onClick={onClose}>
          <Icon name="close" />
        </Button>
      </div>
      <div className="flex flex-wrap gap-2 px-4 py-3">
        <Button autoFocus look="solid" size="normal" onClick={() => void back()}>
          {own.back}
        </Button>
        <Button look="line" size="normal" onClick={onChange}>
          {own.change}
        </Button>
        {fault && (
          <p role="alert" className="w-full text-sm text-danger">
            {fault}
          </p>
        )}
      </div>
      <HandOver />
    </Dialog>
  );
}

function HandOver() {
  const { language } = useWords();
  const own = availabilityWords[language];
  const inbox = useInbox();
  const count = useWatched("counts", (it) => it.counts().mine);
  const away = useWatched("away", (it) => it.away);
  const [to, setTo] = useState("");
  const [note, setNote] = useState("");
  const noteField = useId();
  const [said, setSaid] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const field = useId();
  const agents = useWatched("people", (it) => it.agents);
  useEffect(() => inbox.people.freshen(), [inbox]);
  const colleagues = [...agents.values()]
    .filter((agent) => agent.id !== inbox.me.id && worksHere(agent) && !away.has(agent.id))
    .sort((a, b) => a.name.localeCompare(b.name));
  const give = async () => {
    setBusy(true);
    setFault(null);
    const outcome = await handOver(to || null, note.trim());
    setBusy(false);
    if (outcome.kind === "done") {
      const { assigned, unassigned } = outcome.value;
      const name = inbox.agents.get(to)?.name ?? "";
      setNote("");
      setSaid(assigned + unassigned > 0 ? own.handed(assigned, unassigned, name) : own.handedNothing);
    } else if (outcome.kind === "refused") {
      setFault(outcome.problem.code === "assignee_away" ? own.colleagueAway : own.refused);
    } else setFault(own.lost);
  };
  return (
    <form
      className="flex flex-wrap items-end gap-2 border-t border-line px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        void give();
      }}
    >
      <p className="w-full text-sm" data-mine={count}>
        {count === 0 ? own.nothing : own.mine(Math.min(count, COUNTED - 1), count >= COUNTED)}
      </p>
      <label htmlFor={field} className="min-w-40 flex-1 text-xs font-medium text-ink-soft">
        {own.overTo}
        <select
          id={field}
          value={to}
          onChange={(event) => setTo(event.target.value)}
          className="mt-1 block h-9 w-full rounded-lg border border-line-strong bg-surface px-2.5 text-sm text-ink"
        >
          <option value="">{own.team}</option>
          {colleagues.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label htmlFor={noteField} className="w-full text-xs font-medium text-ink-soft">
        {own.note}
        <textarea
          id={noteField}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          maxLength={NOTE_LETTERS}
          rows={2}
          dir="auto"
          className="mt-1 block field-sizing-content max-h-32 min-h-14 w-full resize-none rounded-lg border border-note-line bg-note px-3 py-2 text-sm text-ink"
        />
      </label>
      <Button type="submit" look="line" size="normal" disabled={isBusy}>
        {own.over}
      </Button>
      <p role="status" className="w-full text-sm text-ink-soft empty:hidden">
        {said}
      </p>
      {fault && (
        <p role="alert" className="w-full text-sm text-danger">
          {fault}
        </p>
      )}
    </form>
  );
}
