import { useState } from "react";
import { api } from "../../api/client";
import { may } from "../../api/roles";
import type { UserCard } from "../../api/types";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { useInbox } from "../context";
import { personWords } from "./words";

/** Says that somebody is blocked, to whoever sees the card; who administers blocks and lifts it. */
export function Block({ card, onChanged }: { card: UserCard; onChanged: () => void }) {
  const { language, format } = useWords();
  const it = personWords[language].block;
  const mayBlock = may(useInbox().me.role, "administer");
  const [isAsked, setAsked] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const set = async (isBlocked: boolean) => {
    if (isBusy) return;
    setBusy(true);
    const outcome = await api.setBlocked(card.user.id, isBlocked);
    setBusy(false);
    setFault(outcome.kind === "done" ? null : outcome.kind === "refused" ? it.refused : it.lost);
    if (outcome.kind !== "done") return;
    setAsked(false);
    onChanged();
  };
  const since = card.blocked_at && format.day(new Date(card.blocked_at), new Date());
  if (!since && !mayBlock) return null;
  return (
    <section className="mt-5" data-blocked={since ? "yes" : "no"}>
      {since ? (
        <div className="flex flex-wrap items-center gap-3 rounded-xl bg-warn-soft p-3 text-sm text-warn">
          <Icon name="hand" />
          <p className="min-w-0 flex-1 basis-52">
            {it.since(since)} {!mayBlock && it.whoLifts}
          </p>
          {mayBlock && (
            <Button look="line" aria-disabled={isBusy} onClick={() => void set(false)}>
              {it.lift}
            </Button>
          )}
        </div>
      ) : isAsked ? (
        <fieldset className="rounded-xl border border-line p-3 text-sm">
          <legend className="sr-only">{it.begin}</legend>
          <p>{it.ask}</p>
          <div className="mt-3 flex flex-wrap justify-end gap-2">
            <Button look="line" autoFocus onClick={() => setAsked(false)}>
              {it.keep}
            </Button>
            <Button look="danger" aria-disabled={isBusy} onClick={() => void set(true)}>
              {it.block}
            </Button>
          </div>
        </fieldset>
      ) : (
        <Button look="danger" onClick={() => setAsked(true)}>
          <Icon name="hand" />
          {it.begin}
        </Button>
      )}
      {fault && (
        <p role="alert" className="mt-2 text-sm text-danger">
          {fault}
        </p>
      )}
    </section>
  );
}
