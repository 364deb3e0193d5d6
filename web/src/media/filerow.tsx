import { useState } from "react";
import type { Attachment } from "../api/types";
import { useInbox } from "../inbox/context";
import { Icon, type IconName } from "../ui/icon";
import { useWords } from "../words/words";
import { download } from "./download";
import { type FileKind, kindOf, plainName } from "./names";

const ICONS: Partial<Record<FileKind, IconName>> = {
  image: "image",
  video: "film",
  audio: "sound",
  archive: "archive",
  sheet: "table",
  data: "table",
};

/** What a file looks like, by its kind. */
export function FileMark({ mediaType }: { mediaType: string }) {
  return (
    <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-lg border border-line bg-raised text-ink-faint">
      <Icon name={ICONS[kindOf(mediaType)] ?? "file"} size="large" />
    </span>
  );
}

/** A file that is no picture: what it is, how large, and a way to have it. */
export function FileRow({ file }: { file: Attachment }) {
  const { words, format } = useWords();
  const inbox = useInbox();
  const [state, setState] = useState<"idle" | "asking" | "begun" | "gone" | "lost">("idle");
  const name = plainName(file.name) || words.part.file;
  const fetchIt = async () => {
    setState("asking");
    setState(await download(inbox, file.attachment_id, name));
  };
  const trouble = state === "gone" ? words.file.gone : state === "lost" ? words.file.lost : null;
  return (
    <div data-file={file.attachment_id} className="flex max-w-88 items-center gap-3">
      <FileMark mediaType={file.media_type} />
      <span className="min-w-0 flex-1">
        <bdi className="block truncate text-sm font-medium" title={name}>
          {name}
        </bdi>
        <span
          role={trouble ? "alert" : undefined}
          className={`block truncate text-xs ${trouble ? "text-danger" : "text-ink-faint"}`}
        >
          {trouble ?? `${words.file.kinds[kindOf(file.media_type)]} · ${format.bytes(file.bytes)}`}
        </span>
      </span>
      {state !== "gone" && (
        <button
          type="button"
          onClick={() => void fetchIt()}
          disabled={state === "asking"}
          aria-label={words.file.download(name)}
          title={words.file.downloadShort}
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-accent hover:bg-hover"
        >
          <Icon name="download" />
        </button>
      )}
    </div>
  );
}
