import { type ReactNode, useState } from "react";
import { Button } from "../../ui/button";
import { type Answer, useAsk } from "../deeds";
import { Fault, faultOf } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

/** What a dialog does, by a button that says so; what the server answers stands above it. */
export function Deed<T>({
  action,
  look,
  wrong = null,
  isOff = false,
  busy,
  onDo,
  onDone,
  onClose,
  children,
}: {
  action: string;
  look: "solid" | "danger";
  /** Why it cannot be done yet; null: it can. */
  wrong?: string | null;
  /** Something else comes first. */
  isOff?: boolean;
  /** What to say when the server asks to come back later; else that it did not answer. */
  busy?: string;
  onDo: () => Promise<Exclude<Answer<T>, { kind: "given_up" }>>;
  onDone: (value: T) => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const ask = useAsk();
  const act = async () => {
    if (isBusy || isOff) return;
    if (wrong) return setFault(wrong);
    setBusy(true);
    const outcome = await ask(onDo);
    setBusy(false);
    if (outcome.kind === "done") return onDone(outcome.value);
    const isLater = outcome.kind === "lost" && outcome.retryAfterMs !== null;
    setFault((isLater && busy) || faultOf(outcome, it));
  };
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        void act();
      }}
    >
      {children}
      <Fault text={fault} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="line" size="normal" onClick={onClose}>
          {it.cancel}
        </Button>
        <Button type="submit" look={look} size="normal" aria-disabled={isBusy || isOff}>
          {action}
        </Button>
      </div>
    </form>
  );
}
