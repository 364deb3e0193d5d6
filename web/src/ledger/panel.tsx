import { type ReactNode, useCallback, useEffect, useState } from "react";
import { api } from "../api/client";
import type { Ledger, Message } from "../api/types";
import { useWatched } from "../inbox/context";
import { wordsOf } from "../sync/overlay";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon, type IconName } from "../ui/icon";
import { useWords } from "../words/words";
import { faultOf, type Way, waysOf } from "./ways";
import { ledgerWords } from "./words";

type State = { name: "loading" } | { name: "failed" } | { name: "there"; ledger: Ledger };

/** What became of a message: stored, and for each device handed over, arrived and shown; delivered, read. */
export default function LedgerPanel({
  conversation,
  message,
  onClose,
}: {
  conversation: string;
  message: Message;
  onClose: () => void;
}) {
  const { words, language } = useWords();
  const own = ledgerWords[language];
  const [state, ask] = useLedger(conversation, message.id);
  const text = wordsOf(message);
  return (
    <Dialog label={own.title} onClose={onClose} className="w-[min(27rem,calc(100vw-2rem))]">
      <div className="max-h-[inherit] overflow-y-auto p-5">
        <div className="flex items-start justify-between gap-4">
          <h2 className="pt-1 text-base font-semibold">{own.title}</h2>
          <Button size="icon" aria-label={words.keys.close} onClick={onClose}>
            <Icon name="close" />
          </Button>
        </div>
        {text && (
          <p dir="auto" className="mt-1 line-clamp-2 text-sm [overflow-wrap:anywhere] text-ink-faint">
            {text}
          </p>
        )}
        <div aria-live="polite" className="mt-4">
          {state.name === "loading" && <p className="text-sm text-ink-faint">{words.ledger.loading}</p>}
          {state.name === "failed" && (
            <div className="flex flex-wrap items-center gap-3 rounded-xl bg-danger-soft p-3 text-sm text-danger">
              <span className="min-w-0 flex-1">{own.failed}</span>
              <Button look="line" onClick={ask}>
                {words.list.retry}
              </Button>
            </div>
          )}
          {state.name === "there" && <Course ledger={state.ledger} />}
        </div>
      </div>
    </Dialog>
  );
}

/** The ledger, asked for again whenever the conversation's receipts have moved. */
function useLedger(conversation: string, message: string): [State, () => void] {
  const [state, setState] = useState<State>({ name: "loading" });
  const receipts = useWatched(
    `conversation:${conversation}`,
    (it) => it.conversation(conversation)?.receipts,
  );
  const delivered = receipts?.user_delivered_seq;
  const read = receipts?.user_read_seq;
  const ask = useCallback(async () => {
    const outcome = await api.ledger(conversation, message);
    if (outcome.kind === "done") setState({ name: "there", ledger: outcome.value });
    // What is known already stays, if this was only a look for more.
    else setState((before) => (before.name === "there" ? before : { name: "failed" }));
  }, [conversation, message]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: moved receipts are the reason to ask again
  useEffect(() => void ask(), [ask, delivered, read]);
  const retry = () => {
    setState({ name: "loading" });
    void ask();
  };
  return [state, retry];
}

function Course({ ledger }: { ledger: Ledger }) {
  const { language } = useWords();
  const own = ledgerWords[language];
  const ways = waysOf(ledger);
  return (
    <ol data-ledger-course>
      <Step mark="check" done at={ledger.stored_at} since={ledger.stored_at} title={own.stored} />
      {ways.map((way) => (
        <DeviceStep key={way.device} way={way} ways={ways} since={ledger.stored_at} />
      ))}
      {ways.length === 0 && (
        <Step mark="minus" title={own.noPush}>
          <p className="text-sm text-ink-faint">
            {ledger.read || ledger.delivered ? own.noPushNeeded : own.noPushMore}
          </p>
        </Step>
      )}
      <Step
        mark="checks"
        done={ledger.delivered}
        at={ledger.delivered_at}
        since={ledger.stored_at}
        title={ledger.delivered ? own.delivered : own.notDelivered}
      />
      <Step
        mark="eye"
        done={ledger.read}
        at={ledger.read_at}
        since={ledger.stored_at}
        title={ledger.read ? own.read : own.notRead}
        isLast
      />
    </ol>
  );
}

/** One station of the way; the line goes on to the next. */
function Step({
  mark,
  look = "plain",
  done = false,
  at,
  since,
  title,
  isLast = false,
  children,
}: {
  mark: IconName;
  look?: "plain" | "fault";
  done?: boolean;
  at?: string | null | undefined;
  since?: string;
  title: ReactNode;
  isLast?: boolean;
  children?: ReactNode;
}) {
  const colours =
    look === "fault"
      ? "border-danger-line bg-danger-soft text-danger"
      : done
        ? "border-accent-line bg-accent-soft text-accent"
        : "border-line bg-canvas text-ink-faint";
  return (
    <li className="relative flex gap-3">
      {!isLast && <span aria-hidden="true" className="absolute top-7 bottom-0 left-3.5 w-px bg-line" />}
      <span
        className={`relative inline-flex size-7 shrink-0 items-center justify-center rounded-full border ${colours}`}
      >
        <Icon name={mark} size="small" />
      </span>
      <div className={`min-w-0 flex-1 pt-1 ${isLast ? "" : "pb-4"}`}>
        <p className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
          <span className={done || look === "fault" ? "font-medium" : "text-ink-faint"}>{title}</span>
          {at && <Moment at={at} since={since ?? at} />}
        </p>
        {children}
      </div>
    </li>
  );
}

/** A time to the second; with its day when that is another than the message's. */
function Moment({ at, since }: { at: string; since: string }) {
  const { format } = useWords();
  const date = new Date(at);
  return (
    <time dateTime={at} title={format.full(date)} className="numeric shrink-0 text-xs text-ink-faint">
      {format.exact(date, new Date(since))}
    </time>
  );
}

function DeviceStep({ way, ways, since }: { way: Way; ways: readonly Way[]; since: string }) {
  const { language, format } = useWords();
  const own = ledgerWords[language];
  const { provider, attempts } = way;
  const alike = ways.filter((other) => other.provider === provider);
  const last = attempts.at(-1);
  const fault = last ? faultOf(last) : null;
  const isGood = fault === null || way.arrivedAt !== null || fault === "on_screen";
  const name = own.devices[provider ?? "unknown"] ?? own.devices["unknown"] ?? "";
  const number = alike.length > 1 ? ` ${format.number(alike.indexOf(way) + 1)}` : "";
  const service = own.services[provider ?? ""] ?? "";
  return (
    <Step
      mark={isGood ? "phone" : "alert"}
      look={isGood ? "plain" : "fault"}
      done={isGood}
      title={
        <span data-way={way.device}>
          {name}
          {number}
        </span>
      }
    >
      <ul className="mt-1 space-y-1 text-sm text-ink-soft">
        {attempts.length > 1 && (
          <li className="text-xs text-ink-faint">{own.earlier(attempts.length - 1)}</li>
        )}
        {last && (
          <Event at={last.at} since={since} text={fault ? own.faults[fault].what : own.taken(service)} />
        )}
        {fault && (
          <li className="text-ink-faint">
            {own.faults[fault].advice}{" "}
            <code className="rounded bg-canvas px-1 text-xs [overflow-wrap:anywhere]">{last?.detail}</code>
          </li>
        )}
        {way.arrivedAt && <Event at={way.arrivedAt} since={since} text={own.arrived} />}
        {way.shownAt && <Event at={way.shownAt} since={since} text={own.shown} />}
        {last && !fault && !way.arrivedAt && <li className="text-ink-faint">{own.notHeard(service)}</li>}
      </ul>
    </Step>
  );
}

function Event({ at, since, text }: { at: string; since: string; text: string }) {
  return (
    <li className="flex flex-wrap items-baseline justify-between gap-x-3">
      <span>{text}</span>
      <Moment at={at} since={since} />
    </li>
  );
}
