import { useEffect, useState } from "react";
import { Button } from "../../ui/button";
import { settingsApi, type Webhook, type WebhookDelivery } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";

const PAGE = 20;
/** How often what is on its way is looked at. */
const LOOK_MS = 2_000;

const STATES = { waiting: "text-ink-faint", delivered: "text-accent", failed: "text-danger" } as const;

/** What a webhook was told, and what came of it; `turn` grows when something new is to be told. */
export function Deliveries({ webhook, turn }: { webhook: Webhook; turn: number }) {
  const { it } = useSettingsWords();
  const [first, again] = useLoaded(() => settingsApi.deliveries(webhook.id, { limit: PAGE }));
  const [earlier, setEarlier] = useState<readonly WebhookDelivery[]>([]);
  const [end, setEnd] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew with each turn
  useEffect(() => void again(), [turn, again]);
  const isUnderWay =
    first.name === "here" && first.value.deliveries.some((one) => one.state === "waiting" && !one.attempts);
  useEffect(() => {
    if (!isUnderWay) return;
    const timer = setInterval(() => void again(), LOOK_MS);
    return () => clearInterval(timer);
  }, [isUnderWay, again]);
  const more = async (before: string) => {
    const outcome = await settingsApi.deliveries(webhook.id, { limit: PAGE, before });
    setFault(faultOf(outcome, it));
    if (outcome.kind !== "done") return;
    setEarlier([...earlier, ...outcome.value.deliveries]);
    setEnd(outcome.value.next ?? "");
  };
  const replay = async (id: string) => {
    const outcome = await ask(() => settingsApi.replayDelivery(webhook.id, id));
    setFault(faultOf(outcome, it));
    await again();
  };
  return (
    <Shown state={first} onAgain={() => void again()}>
      {({ deliveries, next }) => {
        const known = new Set(deliveries.map(({ id }) => id));
        const all = [...deliveries, ...earlier.filter(({ id }) => !known.has(id))];
        const before = end ?? next ?? "";
        return (
          <div className="space-y-3">
            <h3 className="text-sm font-medium">{it.webhooks.told}</h3>
            <Fault text={fault} />
            {all.length === 0 && <p className="text-sm text-ink-faint">{it.webhooks.nothingTold}</p>}
            <ol
              aria-live="polite"
              className="divide-y divide-line rounded-xl border border-line bg-raised empty:hidden"
            >
              {all.map((one) => (
                <One
                  key={one.id}
                  delivery={one}
                  canReplay={!webhook.off}
                  onReplay={() => void replay(one.id)}
                />
              ))}
            </ol>
            {before && (
              <Button look="line" onClick={() => void more(before)}>
                {it.webhooks.earlier}
              </Button>
            )}
          </div>
        );
      }}
    </Shown>
  );
}

function One({
  delivery,
  canReplay,
  onReplay,
}: {
  delivery: WebhookDelivery;
  canReplay: boolean;
  onReplay: () => void;
}) {
  const { it, format } = useSettingsWords();
  const { event, state, attempts, answer, next_at } = delivery;
  const now = new Date();
  const when = new Date(delivery.at);
  const next = next_at && attempts > 0 && state === "waiting" ? new Date(next_at) : null;
  return (
    <li data-delivery={state} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3.5 py-2.5 text-sm">
      <span className="min-w-0 flex-1 basis-56 [overflow-wrap:anywhere]">
        <span className="font-medium">{it.webhooks.names[event]}</span>
        <span className="block text-ink-faint">
          <span className={STATES[state]}>{it.webhooks.states[state]}</span>
          {attempts > 0 && ` · ${it.webhooks.attempts(attempts)}`}
          {answer && (
            <>
              {" · "}
              <bdi>{answer}</bdi>
            </>
          )}
          {next && ` · ${it.webhooks.again(format.when(next, now))}`}
        </span>
      </span>
      <time dateTime={delivery.at} title={format.full(when)} className="numeric text-xs text-ink-faint">
        {format.exact(when, now)}
      </time>
      {canReplay && attempts > 0 && (
        <Button
          look="line"
          aria-label={it.webhooks.replayOf(it.webhooks.names[event], format.exact(when, now))}
          onClick={onReplay}
        >
          {it.webhooks.replay}
        </Button>
      )}
    </li>
  );
}
