import { type FormEvent, useState } from "react";
import { hasPasskeys, makePasskey } from "../../account/passkey";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { type PasskeyInfo, settingsApi } from "../api";
import { type Answer, useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Ask, Confirm, Fault, faultOf, Row, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { namesOf } from "./agentname";

type Open =
  | { name: "none" }
  | { name: "rename"; passkey: PasskeyInfo }
  | { name: "remove"; passkey: PasskeyInfo };

/** Makes a passkey and keeps it; answers what went wrong in words, null where nothing did. */
export function useNewPasskey(): (onMade: () => void) => Promise<string | null> {
  const { it } = useSettingsWords();
  const ask = useAsk();
  return async (onMade) => {
    const begun = await ask(settingsApi.newPasskey);
    if (begun.kind !== "done") return faultOf(begun, it);
    const made = await makePasskey(begun.value);
    if (made.kind === "given_up") return it.passkeys.givenUp;
    if (made.kind === "known") return it.passkeys.known;
    if (made.kind === "failed") return it.passkeys.failed;
    const names = namesOf(navigator.userAgent);
    const name = names ? it.sessions.on(names.browser, names.system) : it.passkeys.unnamed;
    const kept = await ask(() => settingsApi.addPasskey({ ...made.value, name }));
    if (kept.kind === "done") onMade();
    return faultOf(kept, it);
  };
}

/** The passkeys of the agent: made, named, removed. */
export function Passkeys({ onChanged }: { onChanged: () => void }) {
  const { it } = useSettingsWords();
  const [list, again] = useLoaded(settingsApi.passkeys);
  const [open, setOpen] = useState<Open>({ name: "none" });
  const [fault, setFault] = useState<string | null>(null);
  const [isMade, setMade] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const make = useNewPasskey();
  const ask = useAsk();
  const changed = () => {
    void again();
    onChanged();
  };
  const add = async () => {
    if (isBusy) return;
    setBusy(true);
    setMade(false);
    setFault(
      await make(() => {
        setMade(true);
        changed();
      }),
    );
    setBusy(false);
  };
  const close = () => {
    setOpen({ name: "none" });
    changed();
  };
  const canAdd = hasPasskeys() && list.name === "here" && list.value.can_add;
  return (
    <Section
      title={it.passkeys.title}
      lead={it.passkeys.lead}
      action={
        canAdd && (
          <Button look="solid" aria-disabled={isBusy} onClick={() => void add()}>
            {it.passkeys.add}
          </Button>
        )
      }
    >
      {(fault || isMade) && (
        <div className="p-3">
          <Fault text={fault} />
          {!fault && <Said text={it.passkeys.made} />}
        </div>
      )}
      <Shown state={list} onAgain={() => void again()}>
        {({ passkeys, can_add }) => (
          <>
            {!can_add && <p className="px-4 py-4 text-sm text-ink-faint">{it.passkeys.noName}</p>}
            {can_add && !hasPasskeys() && (
              <p className="px-4 py-4 text-sm text-ink-faint">{it.passkeys.noBrowser}</p>
            )}
            {passkeys.length === 0 && canAdd && (
              <p className="px-4 py-4 text-sm text-ink-faint">{it.passkeys.none}</p>
            )}
            <ul className="divide-y divide-line">
              {passkeys.map((passkey) => (
                <One
                  key={passkey.id}
                  passkey={passkey}
                  onRename={() => setOpen({ name: "rename", passkey })}
                  onRemove={() => setOpen({ name: "remove", passkey })}
                />
              ))}
            </ul>
          </>
        )}
      </Shown>
      {open.name === "rename" && <Rename passkey={open.passkey} onClose={close} />}
      {open.name === "remove" && (
        <Confirm
          title={it.passkeys.removeOf(open.passkey.name)}
          lead={it.passkeys.removeAsk}
          action={it.passkeys.remove}
          onDo={async () => lastOne(await ask(() => settingsApi.removePasskey(open.passkey.id)))}
          onClose={close}
        />
      )}
    </Section>
  );
}

/** The role is not what forbids it here: the last second factor stays where the company demands one. */
const lastOne = (answer: Answer<unknown>): Answer<unknown> =>
  answer.kind === "refused" && answer.problem.code === "forbidden"
    ? { kind: "refused", problem: { ...answer.problem, code: "last_factor" as never } }
    : answer;

function One({
  passkey,
  onRename,
  onRemove,
}: {
  passkey: PasskeyInfo;
  onRename: () => void;
  onRemove: () => void;
}) {
  const { it, format } = useSettingsWords();
  const day = (time: string) => format.day(new Date(time), new Date());
  const used = passkey.last_used_at ? it.passkeys.used(day(passkey.last_used_at)) : it.passkeys.unused;
  const more = [it.passkeys.since(day(passkey.made_at)), used, passkey.is_backed_up && it.passkeys.backedUp];
  return (
    <li data-passkey={passkey.id}>
      <Row
        title={passkey.name}
        more={passkey.works_here ? more.filter(Boolean).join(" · ") : it.passkeys.elsewhere(passkey.rp_id)}
      >
        <Button look="line" aria-label={it.passkeys.renameOf(passkey.name)} onClick={onRename}>
          {it.passkeys.rename}
        </Button>
        <Button look="danger" aria-label={it.passkeys.removeOf(passkey.name)} onClick={onRemove}>
          {it.passkeys.remove}
        </Button>
      </Row>
    </li>
  );
}

function Rename({ passkey, onClose }: { passkey: PasskeyInfo; onClose: () => void }) {
  const { it } = useSettingsWords();
  const [fault, setFault] = useState<string>();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("name")).trim();
    if (!name) return setFault(it.passkeys.needName);
    const outcome = await settingsApi.namePasskey(passkey.id, name);
    if (outcome.kind === "done") onClose();
    else setFault(faultOf(outcome, it) ?? it.refused);
  };
  return (
    <Ask title={it.passkeys.renameOf(passkey.name)} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
        <Field
          label={it.passkeys.name}
          name="name"
          defaultValue={passkey.name}
          maxLength={60}
          autoComplete="off"
          fault={fault}
          autoFocus
        />
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="line" size="normal" onClick={onClose}>
            {it.cancel}
          </Button>
          <Button type="submit" look="solid" size="normal">
            {it.passkeys.rename}
          </Button>
        </div>
      </form>
    </Ask>
  );
}
