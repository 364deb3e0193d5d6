import { type FormEvent, useState } from "react";
import type { PushDiagnosis } from "../../api/types";
import { Findings } from "../../inbox/person/findings";
import { personWords } from "../../inbox/person/words";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { settingsApi } from "../api";
import { useAsk } from "../deeds";
import { Ask, Fault, faultOf, Row } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { appWords } from "./appwords";
import { whomOf } from "./whom";

/** A real notification to somebody's devices, beside the keys that it goes out with. */
export function TestPush({ app }: { app: string }) {
  const { language } = useSettingsWords();
  const own = appWords[language];
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <Row title={own.testOf} more={own.testMore}>
        <Button look="line" data-test-push onClick={() => setAsked(true)}>
          <Icon name="bell" />
          {own.test}
        </Button>
      </Row>
      {isAsked && <Test app={app} onClose={() => setAsked(false)} />}
    </>
  );
}

function Test({ app, onClose }: { app: string; onClose: () => void }) {
  const { it, language } = useSettingsWords();
  const own = appWords[language];
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [told, setTold] = useState<PushDiagnosis | null>(null);
  const ask = useAsk();
  const whom = whomOf(app, text);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (!whom || isBusy) return;
    setBusy(true);
    setTold(null);
    setFault(null);
    const outcome = await ask(() => settingsApi.testPush(whom));
    setBusy(false);
    if (outcome.kind === "done") {
      setTold(outcome.value);
      if (outcome.value.devices.length === 0) setFault(own.noDevice);
      return;
    }
    const isNobody = outcome.kind === "refused" && outcome.problem.code === "not_found";
    setFault(isNobody ? own.nobody : faultOf(outcome, it));
  };
  const numberOf = (device: string) =>
    own.device((told?.devices.findIndex(({ device_id }) => device_id === device) ?? 0) + 1);
  return (
    <Ask title={own.testOf} lead={own.testLead} onClose={onClose}>
      <form onSubmit={(event) => void send(event)} className="space-y-4">
        <Field
          label={own.whom}
          name="whom"
          required
          maxLength={256}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Fault text={fault} />
        <div aria-live="polite">
          {isBusy && <p className="text-sm text-ink-faint">{personWords[language].testing}</p>}
          {told && <Findings told={told} nameOf={numberOf} />}
        </div>
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="line" size="normal" onClick={onClose}>
            {it.close}
          </Button>
          <Button type="submit" look="solid" size="normal" aria-disabled={isBusy || !whom}>
            {own.send}
          </Button>
        </div>
      </form>
    </Ask>
  );
}
