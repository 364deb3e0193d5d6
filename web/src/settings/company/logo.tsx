import { type DragEvent, useId, useRef, useState } from "react";
import { Button } from "../../ui/button";
import { settingsApi } from "../api";
import { type Answer, useAsk } from "../deeds";
import { Fault, faultOf, Said } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { lookWords } from "./lookwords";

const KINDS = "image/png,image/jpeg,image/webp";
/** As the server has it: what is larger need not be sent to be refused. */
const LOGO_BYTES = 4 * 1024 * 1024;

/** The logo of an app: picked or dropped, and removed again, which can be had back. */
export function Logo({
  app,
  name,
  logo,
  onDone,
}: {
  app: string;
  name: string;
  /** Where the logo is; null: there is none. */
  logo: string | null;
  onDone: () => Promise<void>;
}) {
  const { it, language } = useSettingsWords();
  const own = lookWords[language];
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [removed, setRemoved] = useState<Blob | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [isOver, setOver] = useState(false);
  const ask = useAsk();

  const wrong = (outcome: Answer<unknown>) =>
    (outcome.kind === "refused" && own.logoFaults[outcome.problem.code]) || faultOf(outcome, it);
  const act = async (deed: () => Promise<string | null>) => {
    if (isBusy) return;
    setBusy(true);
    setSaid(null);
    setRemoved(null);
    setFault(await deed());
    setBusy(false);
  };
  const put = (picture: Blob) =>
    act(async () => {
      if (picture.size > LOGO_BYTES) return own.logoFaults["too_large"] ?? it.refused;
      const outcome = await ask(() => settingsApi.setLogo(app, picture));
      if (outcome.kind === "done") {
        setSaid(own.logoSet);
        await onDone();
      }
      return wrong(outcome);
    });
  const remove = () =>
    act(async () => {
      const kept = logo ? await pictureAt(logo) : null;
      const outcome = await ask(() => settingsApi.removeLogo(app));
      if (outcome.kind === "done") {
        setSaid(own.logoRemoved);
        setRemoved(kept);
        await onDone();
        // The button that was pressed is gone.
        input.current?.focus();
      }
      return wrong(outcome);
    });
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const picture = event.dataTransfer.files[0];
    if (picture) void put(picture);
  };
  return (
    <fieldset
      data-logo
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={`min-w-0 space-y-3 rounded-lg border border-dashed p-3 ${isOver ? "border-accent bg-accent-soft" : "border-line-strong"}`}
    >
      <legend className="px-1 text-sm font-medium text-ink-soft">{own.logo}</legend>
      <p id={`${id}-more`} className="text-sm text-ink-faint">
        {own.logoMore}
      </p>
      <Fault text={fault} />
      <div className="flex flex-wrap items-center gap-3">
        {logo && <img src={logo} alt={own.logoOf(name)} className="size-16 rounded-xl border border-line" />}
        <label className="inline-flex min-h-8 cursor-pointer items-center rounded-lg border border-line bg-raised px-2.5 text-sm font-medium shadow-raised focus-within:outline-2 focus-within:outline-accent hover:bg-hover">
          {own.pickLogo}
          <input
            ref={input}
            type="file"
            name="logo"
            accept={KINDS}
            aria-describedby={`${id}-more`}
            className="sr-only"
            onChange={(event) => {
              const picture = event.target.files?.[0];
              // The same file can be picked again.
              event.target.value = "";
              if (picture) void put(picture);
            }}
          />
        </label>
        <span className="text-sm text-ink-faint">{own.dropLogo}</span>
        {logo && (
          <Button look="danger" aria-disabled={isBusy} onClick={() => void remove()}>
            {own.removeLogo}
          </Button>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <Said text={said} />
        {removed && (
          <Button look="line" data-undo-logo onClick={() => void put(removed)}>
            {own.undo}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

/** The picture itself, to have it back; null: it cannot be had, and removing it goes on. */
async function pictureAt(address: string): Promise<Blob | null> {
  try {
    const answer = await fetch(address);
    return answer.ok ? await answer.blob() : null;
  } catch {
    return null;
  }
}
