import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Message } from "../api/types";
import { useInbox } from "../inbox/context";
import { Dialog } from "../ui/dialog";
import { Icon, type IconName } from "../ui/icon";
import { useWords } from "../words/words";
import { download } from "./download";
import type { Hung } from "./gallery";
import { plainName } from "./names";
import { Stage, type StageHandle } from "./stage";

export interface LightboxProps {
  hung: readonly Hung[];
  /** The picture that is shown. */
  shown: string;
  nameOf: (message: Message) => string;
  onShow: (id: string) => void;
  onClose: () => void;
}

/** How much nearer one press goes. */
const STEP = 1.5;

/** One picture as large as the window, with those before and after it: by keys, by buttons, by hand. */
export function Lightbox({ hung, shown, nameOf, onShow, onClose }: LightboxProps) {
  const { words, format } = useWords();
  const inbox = useInbox();
  const stage = useRef<StageHandle>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [fault, setFault] = useState<string | null>(null);
  const place = hung.findIndex(({ picture }) => picture.attachment_id === shown);
  const current = hung[place];
  useEffect(() => frame.current?.focus(), []);
  // Those beside it are asked for before somebody goes there.
  useEffect(() => {
    for (const beside of [hung[place + 1], hung[place - 1]])
      if (beside) void inbox.addresses.of(beside.picture.attachment_id);
  }, [inbox, hung, place]);
  if (!current) return null;
  const { picture, message } = current;
  const name = plainName(picture.name) || words.photo.photo;
  const step = (by: 1 | -1) => {
    const next = hung[place + by];
    if (next) onShow(next.picture.attachment_id);
    setFault(null);
  };
  const fetchIt = async () => {
    const became = await download(inbox, picture.attachment_id, name);
    setFault(became === "begun" ? null : became === "gone" ? words.file.gone : words.file.lost);
  };
  const press = (key: string): boolean => {
    const on = stage.current;
    switch (key) {
      case "ArrowLeft":
        if (!on?.pan(80, 0)) step(-1);
        return true;
      case "ArrowRight":
        if (!on?.pan(-80, 0)) step(1);
        return true;
      case "ArrowUp":
        return on?.pan(0, 80) ?? false;
      case "ArrowDown":
        return on?.pan(0, -80) ?? false;
      case "PageUp":
        step(-1);
        return true;
      case "PageDown":
        step(1);
        return true;
      case "+":
      case "=":
        on?.zoom(STEP);
        return true;
      case "-":
        on?.zoom(1 / STEP);
        return true;
      case "0":
        on?.zoom(0);
        return true;
      case "d":
        void fetchIt();
        return true;
      default:
        return false;
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (press(event.key)) event.preventDefault();
  };
  const size = `${format.number(picture.width)} × ${format.number(picture.height)}`;
  return (
    <Dialog
      label={words.photo.label}
      onClose={onClose}
      className="m-0! h-dvh! max-h-none! w-screen! max-w-none! rounded-none! border-0! bg-stage! text-on-stage!"
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys of all that is inside */}
      <div
        ref={frame}
        tabIndex={-1}
        onKeyDown={onKeyDown}
        data-lightbox={picture.attachment_id}
        className="flex h-full flex-col outline-none"
      >
        <header className="flex items-center gap-3 px-3 py-2 pair:px-4">
          <div className="min-w-0 flex-1">
            <p className="truncate text-sm font-medium" aria-live="polite">
              <bdi>{name}</bdi>
              {hung.length > 1 && (
                <span className="numeric ml-2 font-normal text-on-stage-soft">
                  {words.photo.place(format.number(place + 1), format.number(hung.length))}
                </span>
              )}
            </p>
            <p role={fault ? "alert" : undefined} className="truncate text-xs text-on-stage-soft">
              {fault ?? (
                <>
                  <bdi>{nameOf(message)}</bdi> · {format.full(new Date(message.sent_at))}
                  <span className="hidden pair:inline">
                    {" "}
                    · <span className="numeric">{size}</span> · {format.bytes(picture.bytes)}
                  </span>
                </>
              )}
            </p>
          </div>
          <span className="hidden sm:contents">
            <StageButton
              icon="minus"
              label={words.photo.smaller}
              onClick={() => stage.current?.zoom(1 / STEP)}
            />
            <StageButton icon="plus" label={words.photo.larger} onClick={() => stage.current?.zoom(STEP)} />
          </span>
          <StageButton icon="download" label={words.file.download(name)} onClick={() => void fetchIt()} />
          <StageButton icon="close" label={words.photo.close} onClick={onClose} />
        </header>
        <div className="relative min-h-0 flex-1">
          <Stage key={picture.attachment_id} ref={stage} picture={picture} onStep={step} onEmpty={onClose} />
          {place > 0 && (
            <Beside side="left-3">
              <StageButton icon="back" label={words.photo.previous} onClick={() => step(-1)} />
            </Beside>
          )}
          {place < hung.length - 1 && (
            <Beside side="right-3">
              <StageButton icon="forth" label={words.photo.next} onClick={() => step(1)} />
            </Beside>
          )}
        </div>
        <p className="hidden px-4 py-2 text-center text-xs text-on-stage-soft pair:block">
          {words.photo.hint}
        </p>
      </div>
    </Dialog>
  );
}

const Beside = ({ side, children }: { side: string; children: ReactNode }) => (
  <span className={`absolute top-1/2 -translate-y-1/2 rounded-full bg-stage-raised ${side}`}>{children}</span>
);

function StageButton({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="inline-flex size-10 shrink-0 items-center justify-center rounded-full text-on-stage hover:bg-stage-raised focus-visible:outline-on-stage"
    >
      <Icon name={icon} size="large" />
    </button>
  );
}
