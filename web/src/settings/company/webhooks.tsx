import { type ReactNode, useState } from "react";
import { Button } from "../../ui/button";
import { settingsApi, type Webhook } from "../api";
import { type Answer, useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Confirm, Fault, faultOf, Row, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { Deliveries } from "./deliveries";
import { Secret } from "./secret";
import { SetWebhook } from "./webhook";

type Asked = { name: "add" } | { name: "change" | "renew" | "remove"; webhook: Webhook };

/** The addresses of the company's own systems that are told what happens. */
export default function Webhooks() {
  const { it } = useSettingsWords();
  const [list, again] = useLoaded(settingsApi.webhooks);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [made, setMade] = useState<string | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const ask = useAsk();
  const close = () => {
    setAsked(null);
    void again();
  };
  const renew = async (id: string): Promise<Answer<unknown>> => {
    const outcome = await ask(() => settingsApi.renewWebhookSecret(id));
    if (outcome.kind === "done") setMade(outcome.value.secret);
    return outcome;
  };
  return (
    <Section
      title={it.webhooks.title}
      lead={it.webhooks.lead}
      action={
        <Button look="solid" onClick={() => setAsked({ name: "add" })}>
          {it.webhooks.add}
        </Button>
      }
    >
      <Shown state={list} onAgain={() => void again()}>
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <p className="px-4 py-4 text-sm text-ink-faint">{it.webhooks.none}</p>
          ) : (
            webhooks.map((webhook) => (
              <One
                key={webhook.id}
                webhook={webhook}
                isOpen={open === webhook.id}
                onOpen={() => setOpen(open === webhook.id ? null : webhook.id)}
                onAsk={(name) => setAsked({ name, webhook })}
              />
            ))
          )
        }
      </Shown>
      {(asked?.name === "add" || asked?.name === "change") && (
        <SetWebhook
          webhook={asked.name === "change" ? asked.webhook : null}
          onDone={(secret) => {
            close();
            setMade(secret);
          }}
          onClose={close}
        />
      )}
      {asked?.name === "renew" && (
        <Confirm
          title={it.webhooks.renew}
          lead={it.webhooks.renewAsk}
          action={it.webhooks.renew}
          onDo={() => renew(asked.webhook.id)}
          onClose={close}
        />
      )}
      {asked?.name === "remove" && (
        <Confirm
          title={it.webhooks.removeOf(asked.webhook.url)}
          lead={it.webhooks.removeAsk}
          action={it.webhooks.remove}
          onDo={() => ask(() => settingsApi.removeWebhook(asked.webhook.id))}
          onClose={close}
        />
      )}
      {made && (
        <Secret
          title={it.webhooks.secret}
          lead={it.webhooks.secretMore}
          label={it.webhooks.secret}
          value={made}
          onClose={() => setMade(null)}
        />
      )}
    </Section>
  );
}

function One({
  webhook,
  isOpen,
  onOpen,
  onAsk,
}: {
  webhook: Webhook;
  isOpen: boolean;
  onOpen: () => void;
  onAsk: (name: "change" | "renew" | "remove") => void;
}) {
  const { it, format } = useSettingsWords();
  const [turn, setTurn] = useState(0);
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const test = async () => {
    const outcome = await ask(() => settingsApi.testWebhook(webhook.id));
    setFault(faultOf(outcome, it));
    if (outcome.kind === "done") setTurn(turn + 1);
  };
  const until = webhook.old_secret_until;
  return (
    <div data-webhook={webhook.url} className="divide-y divide-line">
      <Row
        title={<code className="font-mono font-normal">{webhook.url}</code>}
        more={
          <>
            {it.webhooks.events(webhook.events.length)}
            <State webhook={webhook} />
            {until && <span className="block">{it.webhooks.twoSecrets(format.full(new Date(until)))}</span>}
          </>
        }
      >
        <Button
          look="line"
          aria-expanded={isOpen}
          aria-label={it.webhooks.openOf(webhook.url)}
          onClick={onOpen}
        >
          {it.webhooks.open}
        </Button>
      </Row>
      {isOpen && (
        <div className="space-y-3 bg-canvas/40 p-4">
          <div className="flex flex-wrap gap-2">
            <Button look="line" aria-disabled={Boolean(webhook.off)} onClick={() => void test()}>
              {it.webhooks.test}
            </Button>
            <Button look="line" onClick={() => onAsk("change")}>
              {it.webhooks.change}
            </Button>
            <Button look="line" onClick={() => onAsk("renew")}>
              {it.webhooks.renew}
            </Button>
            <Button look="danger" onClick={() => onAsk("remove")}>
              {it.webhooks.remove}
            </Button>
          </div>
          <Fault text={fault} />
          <Deliveries webhook={webhook} turn={turn} />
        </div>
      )}
    </div>
  );
}

/** Whether it gets through, in words; colour only helps. */
function State({ webhook }: { webhook: Webhook }): ReactNode {
  const { it, format } = useSettingsWords();
  const { off, failing_since: since } = webhook;
  if (off) return <span className="block text-danger">{it.webhooks.off[off]}</span>;
  if (!since) return null;
  return (
    <span className="block text-warn">{it.webhooks.failing(format.when(new Date(since), new Date()))}</span>
  );
}
