import { type FormEvent, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Confirm, Fault, faultOf, Row, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { Secret } from "./secret";

/** The keys with which backends call the admin API. */
export default function Keys() {
  const { it, format } = useSettingsWords();
  const [list, again] = useLoaded(settingsApi.serverKeys);
  const [made, setMade] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<{ id: string; label: string } | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const make = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const label = String(new FormData(form).get("label")).trim();
    if (!label) return;
    const outcome = await ask(() => settingsApi.makeServerKey(label));
    setFault(faultOf(outcome, it));
    if (outcome.kind !== "done") return;
    form.reset();
    setMade(outcome.value.secret);
    await again();
  };
  return (
    <Section title={it.keys.title} lead={it.keys.lead}>
      <form onSubmit={(event) => void make(event)} className="flex flex-wrap items-end gap-3 p-4">
        <div className="min-w-0 flex-1 basis-52">
          <Field label={it.keys.label} name="label" required maxLength={100} autoComplete="off" />
        </div>
        <Button type="submit" look="solid" className="min-h-11" size="normal">
          {it.keys.make}
        </Button>
        <Fault text={fault} />
      </form>
      <Shown state={list} onAgain={() => void again()}>
        {({ keys }) =>
          keys.length === 0 ? (
            <p className="px-4 py-4 text-sm text-ink-faint">{it.keys.none}</p>
          ) : (
            keys.map(({ id, label, created_at }) => (
              <Row
                key={id}
                title={label}
                more={`${id} · ${it.keys.since(format.day(new Date(created_at), new Date()))}`}
              >
                <Button
                  look="danger"
                  aria-label={it.keys.revokeOf(label)}
                  onClick={() => setRevoking({ id, label })}
                >
                  {it.keys.revoke}
                </Button>
              </Row>
            ))
          )
        }
      </Shown>
      {made && (
        <Secret
          title={it.keys.made}
          lead={it.keys.madeMore}
          label={it.keys.made}
          value={made}
          onClose={() => setMade(null)}
        />
      )}
      {revoking && (
        <Confirm
          title={it.keys.revokeOf(revoking.label)}
          lead={it.keys.revokeAsk(revoking.label)}
          action={it.keys.revoke}
          onDo={() => ask(() => settingsApi.revokeServerKey(revoking.id))}
          onClose={() => {
            setRevoking(null);
            void again();
          }}
        />
      )}
    </Section>
  );
}
