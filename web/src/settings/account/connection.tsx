import { useState } from "react";
import { Button } from "../../ui/button";
import { settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Row, Section } from "../parts";
import { CONNECT } from "../sso";
import { useSettingsWords } from "../words/useSettingsWords";

/** The agent's account at the company's provider: connected, or to be connected; nothing where the company has none. */
export function Connection() {
  const { it } = useSettingsWords();
  const [account] = useLoaded(settingsApi.account);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const ask = useAsk();
  if (account.name !== "here" || !account.value.provider) return null;
  const { provider, passkeys, has_password } = account.value;
  const connect = async () => {
    if (isBusy) return;
    setFault(null);
    setBusy(true);
    const outcome = await ask(settingsApi.connectAddress);
    setBusy(false);
    if (outcome.kind !== "done") return setFault(faultOf(outcome, it));
    const { address } = outcome.value;
    localStorage.setItem(CONNECT, new URL(address).searchParams.get("state") ?? "");
    location.assign(address);
  };
  const isHelpless = provider.is_connected && !provider.proves && !passkeys;
  return (
    <Section title={it.connection.title} lead={it.connection.lead(provider.label)}>
      <Row title={provider.label} more={provider.is_connected ? it.connection.on : it.connection.off}>
        {!provider.is_connected && (
          <Button look="solid" aria-disabled={isBusy} onClick={() => void connect()}>
            {it.connection.connect}
          </Button>
        )}
      </Row>
      {fault && (
        <div className="p-3">
          <Fault text={fault} />
        </div>
      )}
      {isHelpless && (
        <p className="px-4 py-4 text-sm text-warn" data-helpless>
          {has_password
            ? it.connection.provesNothing(provider.label)
            : it.connection.makePasskey(provider.label)}
        </p>
      )}
    </Section>
  );
}
