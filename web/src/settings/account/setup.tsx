import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { type NewSecondFactor, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { Copied, Fault, faultOf } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { Codes } from "./codes";

type Step =
  | { name: "loading" }
  | { name: "scan"; factor: NewSecondFactor }
  | { name: "codes"; codes: readonly string[] }
  | { name: "failed"; text: string };

/** Setting up a second factor: scan, type the first code, keep the recovery codes. */
export function SetUp({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { it } = useSettingsWords();
  const ask = useAsk();
  const [step, setStep] = useState<Step>({ name: "loading" });
  const begun = useRef(false);
  useEffect(() => {
    // Each beginning makes another secret, so there is one.
    if (begun.current) return;
    begun.current = true;
    void ask(settingsApi.beginSecondFactor).then((outcome) => {
      if (outcome.kind === "done") setStep({ name: "scan", factor: outcome.value });
      else if (outcome.kind === "given_up") onClose();
      else setStep({ name: "failed", text: faultOf(outcome, it) ?? it.lost });
    });
  }, [ask, onClose, it]);
  if (step.name === "loading") return <p className="text-sm text-ink-faint">{it.loading}</p>;
  if (step.name === "failed") return <Fault text={step.text} />;
  if (step.name === "codes") return <Codes codes={step.codes} onKept={onDone} />;
  return <Scan factor={step.factor} onCodes={(codes) => setStep({ name: "codes", codes })} />;
}

function Scan({ factor, onCodes }: { factor: NewSecondFactor; onCodes: (codes: readonly string[]) => void }) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code")).trim();
    if (isBusy || !code) return;
    setBusy(true);
    const outcome = await settingsApi.confirmSecondFactor(code);
    setBusy(false);
    if (outcome.kind === "done") onCodes(outcome.value.codes);
    else setFault(faultOf(outcome, it) ?? it.refused);
  };
  const { size, path } = factor.picture;
  return (
    <form onSubmit={(event) => void submit(event)} className="space-y-4">
      <div>
        <p className="text-sm font-medium">{it.factor.scan}</p>
        {/* White in the dark too: not every camera reads the inverse. */}
        <svg
          viewBox={`0 0 ${size} ${size}`}
          role="img"
          aria-label={it.factor.picture}
          shapeRendering="crispEdges"
          className="mx-auto mt-3 w-52 max-w-full rounded-xl border border-line"
        >
          <rect width={size} height={size} fill="#fff" />
          <path d={path} fill="#000" />
        </svg>
        <p className="mt-3 text-sm text-ink-faint">{it.factor.scanMore}</p>
        <div className="mt-1 flex flex-wrap items-center gap-2">
          <code data-secret className="min-w-0 flex-1 font-mono text-sm [overflow-wrap:anywhere]">
            {factor.secret.match(/.{4}/g)?.join(" ")}
          </code>
          <Copied text={factor.secret} label={it.factor.scanMore} />
        </div>
      </div>
      <Field
        label={`${it.factor.type} (${it.factor.codeLabel})`}
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        fault={fault}
      />
      <Button type="submit" look="solid" size="normal" className="w-full" aria-disabled={isBusy}>
        {it.factor.confirm}
      </Button>
    </form>
  );
}
