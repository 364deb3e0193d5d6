import { useState } from "react";
import { api } from "../../api/client";
import type { PushDiagnosis, UserCard } from "../../api/types";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { Findings } from "./findings";
import { personWords } from "./words";

type State =
  | { name: "ready" }
  | { name: "going" }
  | { name: "failed" }
  | { name: "told"; told: PushDiagnosis };

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
        {state.name === "told" && <Findings told={state.told} nameOf={nameOf} />}
      </div>
    </div>
  );
}
