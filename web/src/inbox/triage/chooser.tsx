import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { localValue, presets } from "./times";
import { triageWords } from "./words";

const YEAR_MS = 366 * 24 * 3_600_000;
export const ROW =
  "flex min-h-11 w-full items-center gap-3 rounded-lg px-2.5 text-left text-sm hover:bg-accent-soft focus-visible:bg-accent-soft";

/** Chooses a time to come, by the clock of this device. */
export function TimeChooser({
  title,
  more,
  set,
  onChoose,
  onClose,
  children,
}: {
  title: string;
  more: string;
  /** What the button beside an own time says. */
  set: string;
  onChoose: (at: Date) => void;
  onClose: () => void;
  /** What else can be chosen, above the times. */
  children?: ReactNode;
}) {
  const { language, format } = useWords();
  const own = triageWords[language];
  const [now] = useState(() => new Date());
  const offered = presets(now);
  const [time, setTime] = useState(() => localValue(offered.find(({ name }) => name !== "hours")?.at ?? now));
  const [isWrong, setIsWrong] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => list.current?.querySelector("button")?.focus(), []);
  const move = (by: number) => {
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + by + buttons.length) % buttons.length]?.focus();
  };
  const setOwn = () => {
    const at = new Date(time);
    const ahead = at.getTime() - Date.now();
    if (ahead > 0 && ahead < YEAR_MS) onChoose(at);
    else setIsWrong(true);
  };
  return (
    <Dialog label={title} onClose={onClose} className="mt-[12vh]">
      <div className="border-b border-line px-4 pt-4 pb-3">
        <h2 className="text-sm font-semibold">{title}</h2>
        <p className="mt-0.5 text-sm text-ink-faint">{more}</p>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrows go through its buttons, as Tab does */}
      <div
        ref={list}
        className="p-2"
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") move(1);
          else if (event.key === "ArrowUp") move(-1);
          else return;
          event.preventDefault();
        }}
      >
        {children}
        {offered.map(({ name, at }) => (
          <button key={name} type="button" data-preset={name} className={ROW} onClick={() => onChoose(at)}>
            <Icon name="clock" className="text-ink-faint" />
            <span className="flex-1 font-medium">{own.presets[name]}</span>
            <span className="numeric text-ink-faint">{format.when(at, now)}</span>
          </button>
        ))}
      </div>
      <form
        noValidate
        className="flex flex-wrap items-end gap-2 border-t border-line px-4 py-3"
        onSubmit={(event) => {
          event.preventDefault();
          setOwn();
        }}
      >
        <label className="min-w-56 flex-1 text-xs font-medium text-ink-soft">
          {own.own}
          <input
            type="datetime-local"
            value={time}
            min={localValue(now)}
            aria-invalid={isWrong}
            aria-describedby={isWrong ? "time-fault" : undefined}
            onChange={(event) => {
              setTime(event.target.value);
              setIsWrong(false);
            }}
            className="mt-1 block h-9 w-full rounded-lg border border-line-strong bg-surface px-2.5 text-sm text-ink"
          />
        </label>
        <Button type="submit" look="solid" size="normal">
          {set}
        </Button>
        {isWrong && (
          <p id="time-fault" role="alert" className="w-full text-sm text-danger">
            {own.past}
          </p>
        )}
      </form>
    </Dialog>
  );
}
