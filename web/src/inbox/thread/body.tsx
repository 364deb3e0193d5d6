import type { Attachment, Message, Part } from "../../api/types";
import { FileRow } from "../../media/filerow";
import { Pictures } from "../../media/pictures";
import { isPicture, type Picture } from "../../media/sizes";
import { PartView } from "./parts";

/** What stands together in a message: pictures that follow each other are one grid. */
export type Block =
  | { kind: "pictures"; pictures: Picture[] }
  | { kind: "file"; file: Attachment }
  | { kind: "part"; part: Part };

export function blocksOf(parts: readonly Part[]): Block[] {
  const blocks: Block[] = [];
  for (const part of parts) {
    const last = blocks.at(-1);
    if (part.type !== "attachment") blocks.push({ kind: "part", part });
    else if (!isPicture(part)) blocks.push({ kind: "file", file: part });
    else if (last?.kind === "pictures") last.pictures.push(part);
    else blocks.push({ kind: "pictures", pictures: [part] });
  }
  return blocks;
}

/**
 * What a message says, in the order in which it says it; `isUsers`: by a user, whose words have no marks. `of`: the message,
 * where it stands in its thread.
 */
export function Body({
  parts,
  isUsers = false,
  of,
}: {
  parts: readonly Part[];
  isUsers?: boolean;
  of?: Message;
}) {
  return blocksOf(parts).map((block, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never change places
    <BlockView key={place} block={block} isUsers={isUsers} of={of} />
  ));
}

function BlockView({ block, isUsers, of }: { block: Block; isUsers: boolean; of: Message | undefined }) {
  switch (block.kind) {
    case "pictures":
      return <Pictures pictures={block.pictures} />;
    case "file":
      return <FileRow file={block.file} />;
    case "part":
      return <PartView part={block.part} isUsers={isUsers} of={of} />;
  }
}
