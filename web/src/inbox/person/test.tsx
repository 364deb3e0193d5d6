import { useState } from "react";
import { api } from "../../api/client";
import type { PushDiagnosis, UserCard } from "../../api/types";
import { Button } from "../../ui/button";
import { Icon, type IconName } from "../../ui/icon";
import { useWords } from "../../words/words";
import { personWords } from "./words";

type State =
  | { name: "ready" }
  | { name: "going" }
  | { name: "failed" }
  | { name: "told"; told: PushDiagnosis };

const ICONS: Record<string, IconName> = { good: "check", doubtful: "alert", broken: "close" };
const INKS: Record<string, string> = {
  good: "text-accent",
  doubtful: "text-ink-soft",
  broken: "text-danger",
};

/** Sends a real push to the devices of a person and says, hop by hop, how far each came and what to do. */
export function PushTest({ card }: { card: UserCard }) {
  const { language } = useWords();
  const it = personWords[language];
  const [state, setState] = useState<State>({ name: "ready" });
  const test = async () => {
    if (state.name === "going") return;
    setState({ name: "going" });
    const outcome = await api.testPush(card.user.id);
    setState(outcome.kind === "done" ? { name: "told", told: outcome.value } : { name: "failed" });
  };
  const nameOf = (id: string) => card.devices.find((device) => device.id === id)?.platform ?? id;
  return (
    <div className="mt-1 rounded-xl border border-line p-3">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-52 text-sm text-ink-faint">{it.testMore}</p>
        <Button look="line" aria-disabled={state.name === "going"} onClick={() => void test()}>
          <Icon name="bell" />
          {it.test}
        </Button>
      </div>
      <div aria-live="polite">
        {state.name === "going" && <p className="mt-2 text-sm text-ink-faint">{it.testing}</p>}
        {state.name === "failed" && <p className="mt-2 text-sm text-danger">{it.failed}</p>}
        {state.name === "told" &&
          state.told.devices.map(({ device_id, findings }) => (
            <div key={device_id} className="mt-3" data-tested={device_id}>
              <h4 className="text-sm font-medium">{`${it.tested}: ${nameOf(device_id)}`}</h4>
              <ol className="mt-1 space-y-1.5">
                {findings.map(({ hop, state, what, fix }) => (
                  <li key={hop} className="flex items-start gap-2 text-sm" data-hop={`${hop} ${state}`}>
                    <Icon name={ICONS[state] ?? "alert"} className={`mt-0.5 ${INKS[state] ?? ""}`} />
                    <p className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                      <span className="font-medium">{it.hops[hop]}</span>
                      <span className="sr-only">{` ${it.states[state]}`}</span>
                      {`: ${what}`}
                      {fix && <span className="block text-ink-faint">{fix}</span>}
                    </p>
                  </li>
                ))}
              </ol>
            </div>
          ))}
      </div>
    </div>
  );
}
