import { type FormEvent, useEffect, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { type AppInfo, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { Ask, Fault, faultOf, Said } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { type Whom, whomOf } from "./whom";

/** How often it is asked whether an erasure is done. */
const LOOK_MS = 1_000;

/** Everything about one user: saved as a file, or erased. */
export function OneUser({ apps }: { apps: readonly AppInfo[] }) {
  const { it, format } = useSettingsWords();
  const [app, setApp] = useState(apps[0]?.id ?? "");
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [bytes, setBytes] = useState<number | null>(null);
  const [saved, setSaved] = useState<string | null>(null);
  const [erasing, setErasing] = useState<Whom | null>(null);
  const [erased, setErased] = useState<string | null>(null);
  const ask = useAsk();
  const whom = whomOf(app, text);
  const save = async () => {
    if (!whom || bytes !== null) return;
    setSaved(null);
    setBytes(0);
    const outcome = await ask(() => settingsApi.exportUser(whom, setBytes));
    setBytes(null);
    const isNobody = outcome.kind === "refused" && outcome.problem.code === "not_found";
    setFault(isNobody ? it.data.nobody : faultOf(outcome, it));
    if (outcome.kind !== "done") return;
    const address = URL.createObjectURL(outcome.value);
    const link = document.createElement("a");
    link.href = address;
    link.download = it.data.fileName;
    link.click();
    URL.revokeObjectURL(address);
    setSaved(it.data.exported(format.bytes(outcome.value.size)));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  return (
    <form onSubmit={submit} className="space-y-4 p-4" data-one-user>
      <Fault text={fault} />
      <div className="grid gap-4 pair:grid-cols-2">
        <label className="block text-sm font-medium text-ink-soft">
          <span className="mb-1.5 block">{it.data.app}</span>
          <select
            name="app"
            value={app}
            onChange={(event) => setApp(event.target.value)}
            className="h-11 w-full rounded-lg border border-line-strong bg-raised px-2.5 text-base text-ink"
          >
            {apps.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Field
          label={it.data.who}
          name="who"
          required
          maxLength={256}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <p className="text-sm text-ink-faint">{it.data.whoMore}</p>
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="line" aria-disabled={!whom || bytes !== null}>
          <Icon name="download" />
          {it.data.export}
        </Button>
        <Button look="danger" aria-disabled={!whom} onClick={() => whom && setErasing(whom)}>
          {it.data.erase}
        </Button>
      </div>
      <div className="space-y-2" aria-live="polite">
        {bytes !== null && <p className="text-sm text-ink-faint">{it.data.exporting(format.bytes(bytes))}</p>}
        <Said text={saved} />
        {erased && <Progress fingerprint={erased} />}
      </div>
      {erasing && (
        <Erase
          whom={erasing}
          onDone={(fingerprint) => {
            setErasing(null);
            setText("");
            setErased(fingerprint);
          }}
          onClose={() => setErasing(null)}
        />
      )}
    </form>
  );
}

/** Whoever erases somebody writes once more whom. */
function Erase({
  whom,
  onDone,
  onClose,
}: {
  whom: Whom;
  onDone: (fingerprint: string) => void;
  onClose: () => void;
}) {
  const { it } = useSettingsWords();
  const [again, setAgain] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const ask = useAsk();
  const isSame = again.trim() === whom.text;
  const erase = async () => {
    if (!isSame || isBusy) return;
    setBusy(true);
    const outcome = await ask(() => settingsApi.eraseUser(whom));
    setBusy(false);
    if (outcome.kind === "done") return onDone(outcome.value.fingerprint);
    const isNobody = outcome.kind === "refused" && outcome.problem.code === "not_found";
    setFault(isNobody ? it.data.nobody : faultOf(outcome, it));
  };
  return (
    <Ask title={it.data.eraseOf(whom.text)} lead={it.data.eraseAsk} onClose={onClose}>
      <Fault text={fault} />
      <Field
        label={it.data.again(whom.text)}
        name="again"
        autoComplete="off"
        value={again}
        onChange={(event) => setAgain(event.target.value)}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="line" size="normal" onClick={onClose}>
          {it.cancel}
        </Button>
        <Button look="danger" size="normal" aria-disabled={!isSame || isBusy} onClick={() => void erase()}>
          {it.data.eraseNow}
        </Button>
      </div>
    </Ask>
  );
}

/** What becomes of an erasure that has begun. */
function Progress({ fingerprint }: { fingerprint: string }) {
  const { it } = useSettingsWords();
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const outcome = await settingsApi.erasure(fingerprint);
      if (outcome.kind === "done" && outcome.value.done_at) setDone(true);
      else timer = setTimeout(() => void look(), LOOK_MS);
    };
    void look();
    return () => clearTimeout(timer);
  }, [fingerprint]);
  return <Said text={isDone ? it.data.erased : it.data.erasing} />;
}
