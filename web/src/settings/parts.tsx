import { type ReactNode, useId, useState } from "react";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";
import { useCopy } from "../ui/useCopy";
import type { Answer } from "./deeds";
import type { Loaded } from "./loaded";
import type { SettingsWords } from "./words/en";
import { useSettingsWords } from "./words/useSettingsWords";

/** A part of a page of the settings: a title, what it is about, and a card. */
export function Section({
  title,
  lead,
  action,
  children,
}: {
  title: string;
  lead?: string;
  action?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="mt-8 first:mt-0">
      <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <h2 id={id} className="text-base font-semibold">
            {title}
          </h2>
          {lead && <p className="mt-0.5 max-w-prose text-sm text-ink-faint">{lead}</p>}
        </div>
        {action}
      </div>
      <div className="mt-3 divide-y divide-line rounded-xl border border-line bg-raised shadow-raised">
        {children}
      </div>
    </section>
  );
}

/** A line of a card: what it is, more about it, and what can be done with it. */
export function Row({ title, more, children }: { title: ReactNode; more?: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-52">
        <div className="text-sm font-medium [overflow-wrap:anywhere]">{title}</div>
        {more && <div className="text-sm text-ink-faint [overflow-wrap:anywhere]">{more}</div>}
      </div>
      {children && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </div>
  );
}

/** Shows what was loaded, or says what became of it. */
export function Shown<T>({
  state,
  onAgain,
  children,
}: {
  state: Loaded<T>;
  onAgain: () => void;
  children: (value: T) => ReactNode;
}) {
  const { it } = useSettingsWords();
  if (state.name === "here") return children(state.value);
  if (state.name === "loading") return <p className="px-4 py-6 text-sm text-ink-faint">{it.loading}</p>;
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 px-4 py-4 text-sm text-danger">
      <span className="flex-1">
        {state.name === "refused" ? (it.refusals[state.code] ?? it.refused) : it.failed}
      </span>
      <Button look="line" onClick={onAgain}>
        {it.retry}
      </Button>
    </div>
  );
}

/** What a refusal or a lost answer is in words; null where there is nothing to say. */
export function faultOf(outcome: Answer<unknown>, it: SettingsWords): string | null {
  if (outcome.kind === "refused") return it.refusals[outcome.problem.code] ?? it.refused;
  if (outcome.kind === "lost")
    return outcome.retryAfterMs ? (it.refusals["rate_limited"] ?? it.lost) : it.lost;
  return null;
}

export function Fault({ text }: { text: string | null }) {
  return (
    text && (
      <p role="alert" className="rounded-lg bg-danger-soft px-3.5 py-2.5 text-sm text-danger">
        {text}
      </p>
    )
  );
}

export function Said({ text }: { text: string | null }) {
  return (
    <p
      role="status"
      className={text ? "rounded-lg bg-accent-soft px-3.5 py-2.5 text-sm text-accent" : "sr-only"}
    >
      {text}
    </p>
  );
}

/** A dialog with a title, an explanation, and what is done in it. */
export function Ask({
  title,
  lead,
  onClose,
  children,
}: {
  title: string;
  lead?: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const { it } = useSettingsWords();
  return (
    <Dialog label={title} onClose={onClose} className="w-[min(32rem,calc(100vw-2rem))]">
      <div className="max-h-[inherit] space-y-4 overflow-y-auto p-5 pair:p-6">
        <div className="flex items-start justify-between gap-4">
          <div>
            <h2 className="text-lg font-semibold">{title}</h2>
            {lead && <p className="mt-0.5 text-sm text-ink-faint">{lead}</p>}
          </div>
          <Button size="icon" aria-label={it.close} onClick={onClose}>
            <Icon name="close" />
          </Button>
        </div>
        {children}
      </div>
    </Dialog>
  );
}

/** Something that cannot be undone is asked for once more, by its name on the button. */
export function Confirm({
  title,
  lead,
  action,
  onDo,
  onClose,
}: {
  title: string;
  lead: string;
  action: string;
  onDo: () => Promise<Answer<unknown>>;
  onClose: () => void;
}) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const act = async () => {
    if (isBusy) return;
    setBusy(true);
    const outcome = await onDo();
    setBusy(false);
    if (outcome.kind === "done") onClose();
    else setFault(faultOf(outcome, it));
  };
  return (
    <Ask title={title} lead={lead} onClose={onClose}>
      <Fault text={fault} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="line" size="normal" onClick={onClose}>
          {it.cancel}
        </Button>
        <Button look="danger" size="normal" aria-disabled={isBusy} onClick={() => void act()}>
          {action}
        </Button>
      </div>
    </Ask>
  );
}

/** A text that is to be copied. */
export function Copied({ text, label }: { text: string; label: string }) {
  const { it } = useSettingsWords();
  const [state, copy] = useCopy();
  return (
    <Button look="line" aria-label={`${it.copy}: ${label}`} onClick={() => copy(text)}>
      <Icon name={state === "copied" ? "check" : state === "failed" ? "alert" : "copy"} />
      <span role="status">
        {state === "copied" ? it.copied : state === "failed" ? it.notCopied : it.copy}
      </span>
    </Button>
  );
}
