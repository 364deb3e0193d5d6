import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { useInbox } from "../inbox/context";
import { Icon } from "../ui/icon";
import { fromMiddle, useWheel } from "../ui/useWheel";
import { useWords } from "../words/words";
import { plainName } from "./names";
import { Placeholder } from "./placeholder";
import type { Picture } from "./sizes";
import { formOf, useForms } from "./useForms";
import { type Box, fitted, type Look, panned, WHOLE, zoomed } from "./zoom";

export interface StageHandle {
  /** 0: the whole picture again. */
  zoom: (factor: number) => void;
  /** Answers whether there was anything to move: not when the whole picture is shown. */
  pan: (dx: number, dy: number) => boolean;
}

/** How far a finger goes for the next picture, in pixels. */
const SWIPE = 70;
/** From here on the pixels of the smaller form could be counted. */
const WANTS_ORIGINAL = 1.4;

/** The picture itself: wheel, pinch, double click and drag. */
export function Stage({
  ref,
  picture,
  onStep,
  onEmpty,
}: {
  ref: Ref<StageHandle>;
  picture: Picture;
  onStep: (by: 1 | -1) => void;
  /** Beside the picture was pressed. */
  onEmpty: () => void;
}) {
  const { words } = useWords();
  const inbox = useInbox();
  const { forms, again } = useForms(picture.attachment_id);
  const [stage, setStage] = useState<Box>({ width: 0, height: 0 });
  const [look, setLook] = useState<Look>(WHOLE);
  const [drawnForm, setDrawnForm] = useState<string | null>(null);
  const [tries, setTries] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const drag = useRef<{ x: number; y: number; moved: number; by: number } | null>(null);
  const drawn = fitted(picture, stage);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      setStage({ width: element.clientWidth, height: element.clientHeight });
      setLook(WHOLE);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const middle = { x: 0, y: 0 };
  const zoom = (factor: number, at = middle) =>
    setLook((old) => (factor === 0 ? WHOLE : zoomed(old, factor, at, drawn, stage)));
  useImperativeHandle(ref, () => ({
    zoom,
    pan: (dx, dy) => {
      if (look.scale === 1) return false;
      setLook((old) => panned(old, dx, dy, drawn, stage));
      return true;
    },
  }));
  const pointOf = (event: { clientX: number; clientY: number }) => fromMiddle(box.current, event);
  useWheel(box, (turned, isPinch, event) =>
    zoom(Math.exp(-turned * (isPinch ? 0.01 : 0.002)), pointOf(event)),
  );

  const local = inbox.localPicture(picture.attachment_id);
  const variant = look.scale > WANTS_ORIGINAL ? "original" : "screen";
  const form = forms.kind === "there" ? formOf(forms.forms, variant) : undefined;
  const source = local ?? form?.address;
  const isLost = forms.kind === "gone" || forms.kind === "lost" || tries > 2;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for a hand; the keys and buttons around it do the same
    <div
      ref={box}
      className={`absolute inset-0 touch-none overflow-hidden select-none ${look.scale > 1 ? "cursor-grab active:cursor-grabbing" : "cursor-zoom-in"}`}
      onDoubleClick={(event) => (look.scale > 1 ? zoom(0) : zoom(2.5, pointOf(event)))}
      onPointerDown={(event) => {
        drag.current = { x: event.clientX, y: event.clientY, moved: 0, by: 0 };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!drag.current || event.buttons === 0) return;
        const { x, y, moved, by } = drag.current;
        const [dx, dy] = [event.clientX - x, event.clientY - y];
        const at = { x: event.clientX, y: event.clientY };
        drag.current = { ...at, moved: moved + Math.abs(dx) + Math.abs(dy), by: by + dx };
        if (look.scale > 1) setLook((old) => panned(old, dx, dy, drawn, stage));
      }}
      onPointerUp={(event) => {
        const done = drag.current;
        drag.current = null;
        if (!done) return;
        if (look.scale === 1 && Math.abs(done.by) > SWIPE) return onStep(done.by < 0 ? 1 : -1);
        const at = pointOf(event);
        const isBeside = Math.abs(at.x) > drawn.width / 2 || Math.abs(at.y) > drawn.height / 2;
        if (look.scale === 1 && done.moved < 6 && isBeside) onEmpty();
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
    >
      <div
        className="absolute top-1/2 left-1/2"
        style={{
          width: drawn.width,
          height: drawn.height,
          transform: `translate(-50%, -50%) translate(${look.x}px, ${look.y}px) scale(${look.scale})`,
        }}
      >
        {drawnForm === null && picture.thumbhash && (
          <Placeholder thumbhash={picture.thumbhash} className="absolute inset-0 size-full rounded-sm" />
        )}
        {source && tries <= 2 && (
          <img
            src={source}
            alt={plainName(picture.name) || words.photo.photo}
            draggable={false}
            data-drawn={drawnForm ?? undefined}
            onLoad={() => setDrawnForm(local ? "local" : variant)}
            onError={() => {
              setTries((count) => count + 1);
              again();
            }}
            className={`absolute inset-0 size-full ${drawnForm === null ? "opacity-0" : ""}`}
          />
        )}
      </div>
      {isLost && drawnForm === null && (
        <p className="absolute inset-0 flex items-center justify-center gap-2 text-sm" role="alert">
          <Icon name="alert" />
          {forms.kind === "gone" ? words.file.gone : words.photo.lost}
        </p>
      )}
    </div>
  );
}
