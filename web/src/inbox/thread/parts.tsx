import type { Part } from "../../api/types";
import { FileRow } from "../../media/filerow";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { piecesOf } from "./links";

/** Words as they were written: lines kept, addresses clickable, nothing of it ever markup. */
export function Words({ text }: { text: string }) {
  return (
    <p dir="auto" className="[overflow-wrap:anywhere] whitespace-pre-wrap">
      {piecesOf(text).map((piece, place) =>
        piece.kind === "text" ? (
          piece.text
        ) : (
          <a
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never change places
            key={place}
            href={piece.address}
            target="_blank"
            rel="noopener noreferrer nofollow"
            className="underline decoration-from-font underline-offset-2"
          >
            {piece.text}
          </a>
        ),
      )}
    </p>
  );
}

/** One part of a message. */
export function PartView({ part }: { part: Part }) {
  const { words, format } = useWords();
  switch (part.type) {
    case "text":
      return <Words text={part.text} />;
    case "attachment":
      return <FileRow file={part} />;
    case "location":
      return (
        <p className="flex items-center gap-2.5">
          <Icon name="pin" size="large" className="text-ink-faint" />
          <span>
            <bdi className="block text-sm font-medium">{part.label || words.part.place}</bdi>
            <span className="numeric block text-xs text-ink-faint">
              {part.latitude.toFixed(5)}, {part.longitude.toFixed(5)}
              {part.accuracy_m != null &&
                `, ${words.part.accuracy(format.number(Math.round(part.accuracy_m)))}`}
            </span>
          </span>
        </p>
      );
    case "quick_replies":
      return (
        <ul aria-label={words.part.choices} className="flex flex-wrap gap-1.5">
          {part.options.map((option) => (
            <li key={option.id} className="rounded-full border border-accent-line px-2.5 py-0.5 text-sm">
              <bdi>{option.label}</bdi>
            </li>
          ))}
        </ul>
      );
    case "form":
      return (
        <div>
          <p className="text-xs text-ink-faint">{words.part.form}</p>
          <bdi className="block text-sm font-medium">{part.title}</bdi>
          <ul className="mt-1 list-disc pl-4 text-sm">
            {part.fields.map((field) => (
              <li key={field.id}>
                <bdi>{field.label}</bdi>
                {field.required && <span className="text-ink-faint"> ({words.part.required})</span>}
              </li>
            ))}
          </ul>
        </div>
      );
    case "choice":
      return (
        <p>
          <bdi className="rounded-full border border-accent-line px-2.5 py-0.5 text-sm">{part.label}</bdi>
        </p>
      );
    case "answers":
      return (
        <dl className="text-sm">
          {part.fields.map((field) => (
            <div key={field.field_id}>
              <dt className="text-xs text-ink-faint">
                <bdi>{field.label}</bdi>
              </dt>
              <dd className="[overflow-wrap:anywhere]">
                <bdi>{field.value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      );
    case "system":
      return <p className="text-sm">{words.part.events[part.event] ?? words.part.event(part.event)}</p>;
    default:
      return <p className="text-sm text-ink-faint italic">{words.part.unknown}</p>;
  }
}
