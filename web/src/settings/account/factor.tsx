import { useState } from "react";
import { Button } from "../../ui/button";
import { type Account, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Ask, Confirm, Fault, faultOf, Row, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { Codes } from "./codes";
import { SetUp } from "./setup";

type Open = { name: "none" | "setup" | "remove" | "renew" } | { name: "codes"; codes: readonly string[] };

/** Under how many recovery codes it is time for new ones. */
const FEW = 3;

/** The second factor of the agent: set up, recovery codes, taken away. */
export function SecondFactor() {
  const { it } = useSettingsWords();
  const [account, again] = useLoaded(settingsApi.account);
  const [open, setOpen] = useState<Open>({ name: "none" });
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const close = () => {
    setOpen({ name: "none" });
    void again();
  };
  const renew = async () => {
    const outcome = await ask(settingsApi.recoveryCodes);
    if (outcome.kind === "done") setOpen({ name: "codes", codes: outcome.value.codes });
    else setFault(faultOf(outcome, it));
    return outcome;
  };
  return (
    <Section title={it.factor.title} lead={it.factor.lead}>
      <Fault text={fault} />
      <Shown state={account} onAgain={() => void again()}>
        {(value) => (
          <Rows
            account={value}
            onSetUp={() => setOpen({ name: "setup" })}
            onRemove={() => setOpen({ name: "remove" })}
            onRenew={() => setOpen({ name: "renew" })}
          />
        )}
      </Shown>
      {open.name === "setup" && (
        <Ask title={it.factor.title} onClose={close}>
          <SetUp onDone={close} onClose={close} />
        </Ask>
      )}
      {open.name === "codes" && (
        <Ask title={it.factor.codes} onClose={close}>
          <Codes codes={open.codes} onKept={close} />
        </Ask>
      )}
      {open.name === "remove" && (
        <Confirm
          title={it.factor.remove}
          lead={it.factor.removeAsk}
          action={it.factor.remove}
          onDo={() => ask(settingsApi.removeSecondFactor)}
          onClose={close}
        />
      )}
      {open.name === "renew" && (
        <Confirm
          title={it.factor.codesNew}
          lead={it.factor.codesAsk}
          action={it.factor.codesNew}
          onDo={renew}
          // What was made is shown; only who did not make any closes it.
          onClose={() => setOpen((now) => (now.name === "renew" ? { name: "none" } : now))}
        />
      )}
    </Section>
  );
}

function Rows({
  account,
  onSetUp,
  onRemove,
  onRenew,
}: {
  account: Account;
  onSetUp: () => void;
  onRemove: () => void;
  onRenew: () => void;
}) {
  const { it, format } = useSettingsWords();
  const factor = account.second_factor;
  if (!factor) {
    return (
      <Row title={it.factor.off} more={it.factor.offMore}>
        <Button look="solid" onClick={onSetUp}>
          {it.factor.setUp}
        </Button>
      </Row>
    );
  }
  const left = it.factor.codesLeft(factor.recovery_codes);
  return (
    <>
      <Row title={it.factor.on} more={it.factor.since(format.day(new Date(factor.since), new Date()))}>
        {account.second_factor_required && !account.passkeys ? (
          <span className="text-sm text-ink-faint">{it.factor.required}</span>
        ) : (
          <Button look="danger" onClick={onRemove}>
            {it.factor.remove}
          </Button>
        )}
      </Row>
      <Row
        title={it.factor.codes}
        more={factor.recovery_codes < FEW ? `${left} ${it.factor.codesFew}` : left}
      >
        <Button look="line" onClick={onRenew}>
          {it.factor.codesNew}
        </Button>
      </Row>
    </>
  );
}
