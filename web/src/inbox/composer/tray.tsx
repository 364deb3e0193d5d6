import { FileMark } from "../../media/filerow";
import { plainName } from "../../media/names";
import type { DraftFile, Progress } from "../../sync/files";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";

/** What is attached to the draft of a reply: what it looks like, how far it is, and a way to be rid of it. */
export function Tray({ conversation }: { conversation: string }) {
  const { words, format } = useWords();
  const inbox = useInbox();
  const files = useWatched(`files:${conversation}`, (it) => it.files(conversation));
  const faults = useWatched(`files:${conversation}`, (it) => it.fileFaults(conversation));
  const ready = files.filter(({ progress }) => progress.name === "complete").length;
  return (
    <>
      {files.length > 0 && (
        <ul aria-label={words.attach.label} className="flex flex-wrap gap-2 px-3 pt-3">
          {files.map((file) => (
            <Tile
              key={file.id}
              file={file}
              onRemove={() => inbox.detach(conversation, file.id)}
              onRetry={() => inbox.retryFile(file.id)}
            />
          ))}
        </ul>
      )}
      <p role="status" className="sr-only">
        {files.length > 0 && words.attach.status(format.number(ready), format.number(files.length))}
      </p>
      {faults.length > 0 && (
        <div role="alert" className="flex items-start gap-2 px-3.5 pt-2.5 text-sm text-danger">
          <Icon name="alert" className="mt-0.5" />
          <ul className="min-w-0 flex-1">
            {faults.map(({ name, why }) => (
              <li key={`${why} ${name}`} className="[overflow-wrap:anywhere]">
                {words.attach.faults[why](plainName(name))}
              </li>
            ))}
          </ul>
          <button
            type="button"
            aria-label={words.attach.dismiss}
            onClick={() => inbox.dismissFileFaults(conversation)}
            className="inline-flex size-6 items-center justify-center rounded hover:bg-danger-soft"
          >
            <Icon name="close" size="small" />
          </button>
        </div>
      )}
    </>
  );
}

const isTrouble = ({ name }: Progress) => name === "refused" || name === "missing";

function Tile({ file, onRemove, onRetry }: { file: DraftFile; onRemove: () => void; onRetry: () => void }) {
  const { words, format } = useWords();
  const { progress, bytes } = file;
  const name = plainName(file.name) || words.part.file;
  const isBad = isTrouble(progress);
  const preview = useInbox().localPicture(file.id);
  return (
    <li
      data-attached={file.id}
      data-progress={progress.name}
      className={`relative flex w-56 max-w-full items-center gap-2.5 overflow-hidden rounded-xl border p-1.5 pr-8 ${isBad ? "border-danger-line bg-danger-soft" : "border-line bg-canvas"}`}
    >
      {preview ? (
        <img src={preview} alt="" className="size-10 shrink-0 rounded-lg object-cover ring-1 ring-line" />
      ) : (
        <FileMark mediaType={file.mediaType} />
      )}
      <span className="min-w-0 flex-1">
        <bdi className="block truncate text-sm font-medium" title={name}>
          {name}
        </bdi>
        <span className={`numeric block text-xs ${isBad ? "text-danger" : "truncate text-ink-faint"}`}>
          {wordsOf(file, words, format.percent, format.bytes(bytes))}
          {progress.name === "refused" && progress.code === "limit_reached" && (
            <button
              type="button"
              onClick={onRetry}
              aria-label={words.attach.retry(name)}
              className="ml-1 min-h-6 font-medium underline underline-offset-2"
            >
              {words.list.retry}
            </button>
          )}
        </span>
      </span>
      <button
        type="button"
        aria-label={words.attach.remove(name)}
        title={words.attach.remove(name)}
        onClick={onRemove}
        className="absolute top-1 right-1 inline-flex size-6 items-center justify-center rounded-md text-ink-faint hover:bg-hover hover:text-ink"
      >
        <Icon name="close" size="small" />
      </button>
      <Bar file={file} />
    </li>
  );
}

function wordsOf(
  { progress, bytes }: DraftFile,
  words: ReturnType<typeof useWords>["words"],
  percent: (share: number) => string,
  size: string,
): string {
  switch (progress.name) {
    case "sending":
      return words.attach.sending(percent(progress.sent / bytes));
    case "stuck":
      return words.attach.stuck;
    case "complete":
      return size;
    case "refused":
      return words.attach.reasons[progress.code] ?? words.attach.refused;
    case "missing":
      return words.attach.missing;
  }
}

/** How much of a file is there. */
export function Bar({ file: { name, bytes, progress } }: { file: DraftFile }) {
  const { words } = useWords();
  if (progress.name !== "sending" && progress.name !== "stuck") return null;
  const share = progress.sent / bytes;
  return (
    <span
      role="progressbar"
      aria-label={plainName(name) || words.part.file}
      aria-valuenow={Math.round(share * 100)}
      className="absolute inset-x-0 bottom-0 h-1 bg-hover"
    >
      <span
        className={`block h-full transition-[width] duration-300 ${progress.name === "stuck" ? "bg-warn" : "bg-accent"}`}
        style={{ width: `${Math.max(4, share * 100)}%` }}
      />
    </span>
  );
}
