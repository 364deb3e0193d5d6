import { useGallery } from "./gallery";
import { Photo } from "./photo";
import { columnsOf, GRID, type Picture, sizeOf } from "./sizes";

/** The pictures of a message: one as it is, several as a grid of squares. What they take up is known at once. */
export function Pictures({ pictures }: { pictures: readonly Picture[] }) {
  const open = useGallery();
  const [only] = pictures;
  if (only && pictures.length === 1) {
    const size = sizeOf(only);
    return (
      <div
        data-pictures
        className="max-w-full rounded-xl"
        style={{ width: size.width, aspectRatio: `${size.width} / ${size.height}` }}
      >
        <Photo picture={only} width={size.width} onOpen={() => open(only.attachment_id)} />
      </div>
    );
  }
  const columns = columnsOf(pictures.length);
  return (
    <div
      data-pictures
      className="grid max-w-full"
      style={{ width: GRID.width, gap: GRID.gap, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
    >
      {pictures.map((picture) => (
        <div key={picture.attachment_id} className="aspect-square rounded-lg">
          <Photo
            picture={picture}
            // A square shows the middle of what is longer, so it wants more pixels than it is wide.
            width={Math.round((GRID.width / columns) * 1.5)}
            onOpen={() => open(picture.attachment_id)}
          />
        </div>
      ))}
    </div>
  );
}
