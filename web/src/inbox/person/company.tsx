import { api } from "../../api/client";
import type { CompanyCard, CompanyCards } from "../../api/types";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { Answers, useAnswer } from "../answer";
import { personWords } from "./words";

const cards = new Answers<CompanyCards>(0, 50);

/** What the company's own systems say of who writes; nothing where the app has no source of cards. */
export function Company({ conversation, afterMs }: { conversation: string; afterMs: number }) {
  const { words, language } = useWords();
  const it = personWords[language].company;
  const { answer, isLost, again } = useAnswer(cards, conversation, api.companyCards, afterMs);
  if (answer?.state === "none") return null;
  return (
    <section
      aria-label={it.title}
      aria-live="polite"
      className="mt-5"
      data-company={answer ? "there" : isLost ? "lost" : "loading"}
    >
      {!answer && !isLost && <p className="text-sm text-ink-faint">{it.loading}</p>}
      {isLost && <Fault text={it.lost} again={words.list.retry} onAgain={again} />}
      {answer?.state === "failed" && (
        <Fault text={it.faults[answer.why]} detail={answer.detail} again={words.list.retry} onAgain={again} />
      )}
      {answer?.state === "here" && (
        <>
          {answer.cards.length === 0 && <p className="text-sm text-ink-faint">{it.nobody}</p>}
          {answer.cards.map((card, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: cards have no id and never move
            <Card key={place} card={card} />
          ))}
        </>
      )}
    </section>
  );
}

function Fault({
  text,
  detail,
  again,
  onAgain,
}: {
  text: string;
  detail?: string;
  again: string;
  onAgain: () => void;
}) {
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-xl bg-danger-soft p-3 text-sm text-danger">
      <span className="min-w-0 flex-1 basis-40">
        {text}
        {detail && <bdi className="block text-xs [overflow-wrap:anywhere]">{detail}</bdi>}
      </span>
      <Button look="line" onClick={onAgain}>
        {again}
      </Button>
    </div>
  );
}

function Card({ card }: { card: CompanyCard }) {
  return (
    <div className="mt-3 rounded-xl border border-line bg-raised p-3.5 first:mt-0" data-card={card.title}>
      <h3 className="text-sm font-semibold [overflow-wrap:anywhere]">
        <bdi>{card.title}</bdi>
      </h3>
      {card.rows && card.rows.length > 0 && (
        <dl className="mt-2 grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-4 gap-y-1 text-sm">
          {card.rows.map(({ label, value, url }, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no id and never move
            <Row key={place} label={label} value={value} url={url ?? null} />
          ))}
        </dl>
      )}
      {card.link && (
        <p className="mt-2 text-sm">
          <Away url={card.link.url} text={card.link.label} />
        </p>
      )}
    </div>
  );
}

function Row({ label, value, url }: { label: string; value: string; url: string | null }) {
  return (
    <>
      <dt className="text-ink-faint [overflow-wrap:anywhere]">
        <bdi>{label}</bdi>
      </dt>
      <dd className="[overflow-wrap:anywhere]">
        {url ? <Away url={url} text={value} /> : <bdi className="whitespace-pre-line">{value}</bdi>}
      </dd>
    </>
  );
}

/** The server lets https through and nothing else; a browser is asked once more. */
function Away({ url, text }: { url: string; text: string }) {
  if (!url.startsWith("https://")) return <bdi>{text}</bdi>;
  return (
    <a
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      className="inline-flex min-h-6 items-center gap-1 text-accent underline underline-offset-2"
    >
      <bdi>{text}</bdi>
      <Icon name="leave" size="tiny" />
    </a>
  );
}
