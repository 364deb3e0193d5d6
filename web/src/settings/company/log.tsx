import { useEffect, useState } from "react";
import { useInbox } from "../../inbox/context";
import { Button } from "../../ui/button";
import { type AuditAct, type AuditEntry, settingsApi } from "../api";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { ACTS } from "./acts";

const PAGE = 50;

/** Who administered what. */
export default function Log() {
  const { it, language } = useSettingsWords();
  const [act, setAct] = useState<AuditAct | "">("");
  return (
    <>
      <p className="mb-4 max-w-prose text-sm text-ink-faint">{it.log.lead}</p>
      <label className="mb-4 flex flex-wrap items-center gap-2 text-sm">
        {it.log.filter}
        <select
          name="act"
          value={act}
          onChange={(event) => setAct(event.target.value as AuditAct | "")}
          className="h-9 max-w-full rounded-lg border border-line-strong bg-surface px-2 text-sm text-ink"
        >
          <option value="">{it.log.all}</option>
          {(Object.keys(ACTS) as AuditAct[]).map((one) => (
            <option key={one} value={one}>
              {ACTS[one][language]}
            </option>
          ))}
        </select>
      </label>
      <Entries key={act} act={act || undefined} />
    </>
  );
}

function Entries({ act }: { act: AuditAct | undefined }) {
  const { it } = useSettingsWords();
  const ask = (before?: number) =>
    settingsApi.auditLog({ limit: PAGE, ...(before && { before }), ...(act && { act }) });
  const [first, again] = useLoaded(() => ask());
  const [entries, setEntries] = useState<readonly AuditEntry[]>([]);
  const [next, setNext] = useState<number | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    if (first.name !== "here") return;
    setEntries(first.value.entries);
    setNext(first.value.next ?? null);
  }, [first]);
  const more = async () => {
    if (next === null) return;
    const outcome = await ask(next);
    setFault(faultOf(outcome, it));
    if (outcome.kind !== "done") return;
    setEntries([...entries, ...outcome.value.entries]);
    setNext(outcome.value.next ?? null);
  };
  return (
    <Shown state={first} onAgain={() => void again()}>
      {() => (
        <>
          {entries.length === 0 && <p className="text-sm text-ink-faint">{it.log.none}</p>}
          <ol className="divide-y divide-line rounded-xl border border-line bg-raised shadow-raised empty:hidden">
            {entries.map((entry) => (
              <Entry key={entry.seq} entry={entry} />
            ))}
          </ol>
          <Fault text={fault} />
          {next !== null && (
            <Button look="line" className="mt-4" onClick={() => void more()}>
              {it.log.more}
            </Button>
          )}
        </>
      )}
    </Shown>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { it, format, language } = useSettingsWords();
  const { agents } = useInbox();
  const { actor, act, target, details, at } = entry;
  const who = actor.type === "agent" ? (agents.get(actor.id)?.name ?? actor.id) : it.log.actors[actor.type];
  const whom = target ? (agents.get(target)?.name ?? target) : null;
  const more = Object.entries(details ?? {}).map(([name, value]) => `${name}: ${value}`);
  const when = new Date(at);
  return (
    <li data-act={act} className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-4 py-2.5 text-sm">
      <span className="min-w-0 flex-1 basis-60 [overflow-wrap:anywhere]">
        <span className="font-medium">{ACTS[act]?.[language] ?? act}</span>
        <span className="block text-ink-faint">
          {[who, whom !== who ? whom : null, ...more].filter(Boolean).join(" · ")}
        </span>
      </span>
      <time dateTime={at} title={format.full(when)} className="numeric text-xs text-ink-faint">
        {format.exact(when, new Date())}
      </time>
    </li>
  );
}
