import { type FormEvent, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { settingsApi, type Webhook, type WebhookEvent } from "../api";
import { useAsk } from "../deeds";
import { Ask, Fault, faultOf } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { EVENTS } from "./events";

/** Where a webhook leads and what it is told of; `onDone` gets its secret when it is new. */
export function SetWebhook({
  webhook,
  onDone,
  onClose,
}: {
  webhook: Webhook | null;
  onDone: (secret: string | null) => void;
  onClose: () => void;
}) {
  const { it } = useSettingsWords();
  const [chosen, setChosen] = useState<readonly WebhookEvent[]>(
    webhook?.events ?? ["conversation.opened", "message.received"],
  );
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const ask = useAsk();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    if (chosen.length === 0) return setFault(it.webhooks.chooseOne);
    const data = new FormData(event.currentTarget);
    const body = {
      url: String(data.get("url")).trim(),
      events: [...chosen],
      disabled: data.get("disabled") === "on",
    };
    setBusy(true);
    const outcome = webhook
      ? await ask(() => settingsApi.changeWebhook(webhook.id, body))
      : await ask(() => settingsApi.addWebhook(body));
    setBusy(false);
    if (outcome.kind === "done") return onDone("secret" in outcome.value ? outcome.value.secret : null);
    const isAddress = outcome.kind === "refused" && outcome.problem.pointer === "/url";
    setFault(isAddress ? it.webhooks.wrongAddress : faultOf(outcome, it));
  };
  const toggle = (event: WebhookEvent) =>
    setChosen(chosen.includes(event) ? chosen.filter((one) => one !== event) : [...chosen, event]);
  return (
    <Ask title={webhook ? it.webhooks.change : it.webhooks.add} lead={it.webhooks.addMore} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="space-y-4">
        <Fault text={fault} />
        <Field
          label={it.webhooks.url}
          name="url"
          type="url"
          required
          maxLength={2000}
          defaultValue={webhook?.url ?? "https://"}
          autoComplete="off"
        />
        {(Object.keys(EVENTS) as (keyof typeof EVENTS)[]).map((group) => (
          <fieldset key={group}>
            <legend className="mb-1 text-sm font-medium text-ink-soft">{it.webhooks.groups[group]}</legend>
            <div className="grid gap-x-4 pair:grid-cols-2">
              {EVENTS[group].map((event) => (
                <label key={event} className="flex min-h-8 items-center gap-2.5 text-sm">
                  <input
                    type="checkbox"
                    name={event}
                    className="size-4.5 shrink-0"
                    checked={chosen.includes(event)}
                    onChange={() => toggle(event)}
                  />
                  {it.webhooks.names[event]}
                </label>
              ))}
            </div>
          </fieldset>
        ))}
        {webhook && (
          <label className="flex min-h-8 items-center gap-2.5 text-sm">
            <input
              type="checkbox"
              name="disabled"
              className="size-4.5 shrink-0"
              defaultChecked={Boolean(webhook.off)}
            />
            {it.webhooks.disabled}
          </label>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="line" size="normal" onClick={onClose}>
            {it.cancel}
          </Button>
          <Button type="submit" look="solid" size="normal" aria-disabled={isBusy}>
            {it.webhooks.save}
          </Button>
        </div>
      </form>
    </Ask>
  );
}
