import { useState } from "react";
import { FileMark } from "../../media/filerow";
import { plainName } from "../../media/names";
import { columnsOf, GRID, sizeOf } from "../../media/sizes";
import type { ReplyFile } from "../../sync/intent";
import { useWords } from "../../words/words";
import { Bar } from "../composer/tray";
import { useInbox, useWatched } from "../context";

/** Before a picture is decoded. */
const UNKNOWN = { width: 340, height: 255 };

/** The files of a reply that is not on the server: as they will stand there, each with how far it is. */
export function PendingFiles({ files }: { files: readonly ReplyFile[] }) {
  const inbox = useInbox();
  const pictures = files.filter(({ id }) => inbox.localPicture(id) !== undefined);
  const columns = pictures.length === 1 ? 1 : columnsOf(pictures.length);
  return (
    <>
      {pictures.length > 0 && (
        <div
          data-pictures
          className="grid max-w-full"
          style={{
            width: pictures.length === 1 ? "fit-content" : GRID.width,
            gap: GRID.gap,
            gridTemplateColumns: columns === 1 ? "auto" : `repeat(${columns}, minmax(0, 1fr))`,
          }}
        >
          {pictures.map((file) => (
            <PendingPicture key={file.id} file={file} isAlone={pictures.length === 1} />
          ))}
        </div>
      )}
      {files
        .filter((file) => !pictures.includes(file))
        .map((file) => (
          <PendingRow key={file.id} file={file} />
        ))}
    </>
  );
}

function PendingPicture({ file: { id, name }, isAlone }: { file: ReplyFile; isAlone: boolean }) {
  const { words } = useWords();
  const file = useWatched(`file:${id}`, (it) => it.file(id));
  const source = useInbox().localPicture(id);
  // One alone stands as it will stand when the server has it.
  const [size, setSize] = useState(UNKNOWN);
  return (
    <div
      className="relative max-w-full overflow-hidden rounded-lg bg-hover"
      style={
        isAlone ? { width: size.width, aspectRatio: `${size.width} / ${size.height}` } : { aspectRatio: "1" }
      }
    >
      <img
        src={source}
        alt={plainName(name) || words.photo.photo}
        onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
          setSize(sizeOf({ width, height }))
        }
        className="absolute inset-0 size-full object-cover"
      />
      {file && <Bar file={file} />}
    </div>
  );
}

function PendingRow({ file: { id, name, bytes, mediaType } }: { file: ReplyFile }) {
  const { words, format } = useWords();
  const file = useWatched(`file:${id}`, (it) => it.file(id));
  return (
    <div className="relative flex max-w-88 items-center gap-3 overflow-hidden pb-1">
      <FileMark mediaType={mediaType} />
      <span className="min-w-0 flex-1">
        <bdi className="block truncate text-sm font-medium">{plainName(name) || words.part.file}</bdi>
        <span className="block truncate text-xs text-ink-faint">{format.bytes(bytes)}</span>
      </span>
      {file && <Bar file={file} />}
    </div>
  );
}
