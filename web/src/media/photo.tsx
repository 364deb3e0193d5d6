import { useEffect, useRef, useState } from "react";
import type { FileForm } from "../api/types";
import { useInbox } from "../inbox/context";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { plainName } from "./names";
import { Placeholder } from "./placeholder";
import type { Picture } from "./sizes";
import { formOf, useForms } from "./useForms";

/** How often a picture that does not come is asked for under a new address before the person decides. */
const TRIES = 2;

/**
 * A picture in a place of fixed size: its colours at once, itself as soon as it is decoded. Pressing it opens it large.
 */
export function Photo({ picture, width, onOpen }: { picture: Picture; width: number; onOpen: () => void }) {
  const { words } = useWords();
  const inbox = useInbox();
  const { forms, again } = useForms(picture.attachment_id);
  const [isDrawn, setDrawn] = useState(false);
  const [tries, setTries] = useState(0);
  const image = useRef<HTMLImageElement>(null);
  const name = plainName(picture.name);
  const local = inbox.localPicture(picture.attachment_id);
  const isBroken = forms.kind === "gone" || forms.kind === "lost" || tries > TRIES;
  const source = local
    ? { src: local }
    : forms.kind === "there"
      ? sourcesOf(forms.forms, picture, width)
      : null;
  // From the cache it may be complete before anybody listens.
  useEffect(() => {
    if (image.current?.complete && image.current.naturalWidth > 0) setDrawn(true);
  });
  const failed = () => {
    if (tries < TRIES) again();
    setTries((count) => count + 1);
  };
  return (
    <div className="relative size-full overflow-hidden rounded-[inherit] bg-hover">
      {!isDrawn && picture.thumbhash && (
        <Placeholder thumbhash={picture.thumbhash} className="absolute inset-0 size-full" />
      )}
      {source && tries <= TRIES && (
        <img
          ref={image}
          {...source}
          alt={name || words.photo.photo}
          decoding="async"
          draggable={false}
          onLoad={() => setDrawn(true)}
          onError={failed}
          className={`absolute inset-0 size-full object-cover transition-opacity duration-200 ${isDrawn || local ? "" : "opacity-0"}`}
        />
      )}
      {isBroken && !isDrawn ? (
        <div className="absolute inset-0 flex flex-col items-center justify-center gap-1 bg-hover p-2 text-center text-xs text-ink-soft">
          <Icon name="image" />
          {forms.kind === "gone" ? words.file.gone : words.photo.lost}
          {forms.kind !== "gone" && (
            <Button
              onClick={() => {
                setTries(0);
                again();
              }}
            >
              {words.list.retry}
            </Button>
          )}
        </div>
      ) : (
        <button
          type="button"
          data-photo={picture.attachment_id}
          data-drawn={isDrawn || undefined}
          onClick={onOpen}
          aria-label={words.photo.open(name)}
          aria-haspopup="dialog"
          className="absolute inset-0 cursor-zoom-in rounded-[inherit] ring-1 ring-line ring-inset focus-visible:-outline-offset-3"
        />
      )}
    </div>
  );
}

/** The small form, and on dense screens the larger one. */
function sourcesOf(forms: readonly FileForm[], picture: Picture, width: number) {
  const form = (variant: FileForm["variant"]) => formOf(forms, variant);
  const small = form("thumbnail");
  const large = form("screen");
  if (!small || !large) return null;
  const across = (it: FileForm) => it.width ?? picture.width;
  return {
    src: small.address,
    srcSet: `${small.address} ${across(small)}w, ${large.address} ${across(large)}w`,
    sizes: `${width}px`,
  };
}
