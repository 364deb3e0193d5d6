import { type FormEvent, useState } from "react";
import type { Outcome } from "../../api/client";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { type CardSource, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Ask, Confirm, Fault, faultOf, Row, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { Secret } from "./secret";

/** The source of an app; null where there is none. */
async function sourceOf(app: string): Promise<Outcome<CardSource | null>> {
  const outcome = await settingsApi.cardSource(app);
  const isNone = outcome.kind === "refused" && outcome.problem.code === "not_found";
  return isNone ? { kind: "done", value: null } : outcome;
}

/** From where the card of a person gets what the company's own systems know of them. */
export function Cards({ app }: { app: string }) {
  const { it, format } = useSettingsWords();
  const [source, again] = useLoaded(() => sourceOf(app));
  const [asked, setAsked] = useState<"set" | "remove" | null>(null);
  const [made, setMade] = useState<string | null>(null);
  const ask = useAsk();
  const close = () => {
    setAsked(null);
    void again();
  };
  return (
    <div data-cards>
      <Shown state={source} onAgain={() => void again()}>
        {(now) => (
          <>
            <Row
              title={it.cards.title}
              more={
                <>
                  {it.cards.more}
                  {now && (
                    <span className="mt-1 block">
                      {it.cards.set(now.url, format.day(new Date(now.set_at), new Date()))}
                    </span>
                  )}
                </>
              }
            >
              <Button look="line" onClick={() => setAsked("set")}>
                {now ? it.cards.change : it.cards.setUp}
              </Button>
              {now && (
                <Button look="danger" onClick={() => setAsked("remove")}>
                  {it.cards.remove}
                </Button>
              )}
            </Row>
            {asked === "set" && (
              <SetSource
                app={app}
                url={now?.url ?? "https://"}
                onDone={(secret) => {
                  close();
                  setMade(secret);
                }}
                onClose={close}
              />
            )}
          </>
        )}
      </Shown>
      {asked === "remove" && (
        <Confirm
          title={it.cards.removeTitle}
          lead={it.cards.removeAsk}
          action={it.cards.remove}
          onDo={() => ask(() => settingsApi.removeCardSource(app))}
          onClose={close}
        />
      )}
      {made && (
        <Secret
          title={it.cards.secret}
          lead={it.cards.secretMore}
          label={it.cards.secret}
          value={made}
          onClose={() => setMade(null)}
        />
      )}
    </div>
  );
}

function SetSource({
  app,
  url,
  onDone,
  onClose,
}: {
  app: string;
  url: string;
  onDone: (secret: string) => void;
  onClose: () => void;
}) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const url = String(new FormData(event.currentTarget).get("url")).trim();
    const outcome = await ask(() => settingsApi.setCardSource(app, url));
    if (outcome.kind === "done") return onDone(outcome.value.secret);
    const isAddress = outcome.kind === "refused" && outcome.problem.pointer === "/url";
    setFault(isAddress ? it.webhooks.wrongAddress : faultOf(outcome, it));
  };
  return (
    <Ask title={it.cards.title} lead={it.cards.lead} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="space-y-4">
        <Fault text={fault} />
        <Field
          label={it.webhooks.url}
          name="url"
          type="url"
          required
          maxLength={2000}
          defaultValue={url}
          autoComplete="off"
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="line" size="normal" onClick={onClose}>
            {it.cancel}
          </Button>
          <Button type="submit" look="solid" size="normal">
            {it.cards.save}
          </Button>
        </div>
      </form>
    </Ask>
  );
}
