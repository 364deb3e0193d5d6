import { useState } from "react";
import { Button } from "../../ui/button";
import { type AppInfo, type IdentityKey, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Ask, Copied, Fault, faultOf, Row, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { Appearance } from "./appearance";
import { Cards } from "./cards";
import { Fallback } from "./fallback";
import { Push } from "./push";
import { Satisfaction } from "./satisfaction";
import { Secret } from "./secret";
import { SNIPPETS } from "./snippets";

/** The apps: what their developers paste, and the keys that vouch for users. */
export default function Apps() {
  const { it } = useSettingsWords();
  const [list, again] = useLoaded(settingsApi.apps);
  return (
    <>
      <p className="mb-6 max-w-prose text-sm text-ink-faint">{it.apps.lead}</p>
      <Shown state={list} onAgain={() => void again()}>
        {({ apps }) =>
          apps.length === 0 ? (
            <p className="text-sm text-ink-faint">{it.apps.none}</p>
          ) : (
            apps.map((app) => <OneApp key={app.id} app={app} />)
          )
        }
      </Shown>
    </>
  );
}

function OneApp({ app }: { app: AppInfo }) {
  const { it } = useSettingsWords();
  return (
    <Section title={app.name}>
      <Row title={it.apps.id} more={<code className="font-mono">{app.id}</code>}>
        <Copied text={app.id} label={it.apps.id} />
      </Row>
      <Snippet app={app.id} />
      <IdentityKeys app={app.id} />
      <Appearance app={app} />
      <Push app={app.id} />
      <Fallback app={app.id} />
      <Satisfaction app={app.id} />
      <Cards app={app.id} />
    </Section>
  );
}

function Snippet({ app }: { app: string }) {
  const { it } = useSettingsWords();
  const [language, setLanguage] = useState<keyof typeof SNIPPETS>("kotlin");
  const text = SNIPPETS[language](location.origin, app);
  return (
    <div className="p-4">
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <h3 className="flex-1 text-sm font-medium">{it.apps.snippet}</h3>
        {(Object.keys(SNIPPETS) as (keyof typeof SNIPPETS)[]).map((one) => (
          <Button
            key={one}
            aria-pressed={one === language}
            onClick={() => setLanguage(one)}
            className="aria-pressed:bg-accent-soft aria-pressed:text-accent"
          >
            {it.apps.languages[one]}
          </Button>
        ))}
        <Copied text={text} label={it.apps.languages[language]} />
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach what scrolls
        tabIndex={0}
        data-snippet
        className="overflow-x-auto rounded-xl border border-line bg-canvas p-3.5 font-mono text-xs leading-relaxed"
      >
        {text}
      </pre>
      <p className="mt-2 text-xs text-ink-faint">{it.apps.snippetMore}</p>
    </div>
  );
}

function IdentityKeys({ app }: { app: string }) {
  const { it } = useSettingsWords();
  const [list, again] = useLoaded(() => settingsApi.identityKeys(app));
  const [made, setMade] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<IdentityKey | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const add = async () => {
    const outcome = await ask(() => settingsApi.addIdentityKey(app));
    setFault(faultOf(outcome, it));
    if (outcome.kind !== "done") return;
    setMade(outcome.value.keys[0]?.secret ?? null);
    await again();
  };
  return (
    <div className="divide-y divide-line">
      <Row title={it.apps.keys} more={it.apps.keysMore}>
        <Button look="line" onClick={() => void add()}>
          {it.apps.add}
        </Button>
      </Row>
      {fault && (
        <div className="p-3">
          <Fault text={fault} />
        </div>
      )}
      <Shown state={list} onAgain={() => void again()}>
        {({ keys }) =>
          keys.length === 0 ? (
            <p className="px-4 py-3 text-sm text-warn">{it.apps.noKeys}</p>
          ) : (
            keys.map((key) => (
              <Row
                key={key.id}
                title={<code className="font-mono font-normal">{key.id}</code>}
                more={[key.algorithm, key.kid].filter(Boolean).join(" · ")}
              >
                <Button look="danger" aria-label={it.apps.revokeOf(key.id)} onClick={() => setRevoking(key)}>
                  {it.apps.revoke}
                </Button>
              </Row>
            ))
          )
        }
      </Shown>
      {made && (
        <Secret
          title={it.apps.made}
          lead={it.apps.madeMore}
          label={it.apps.secret}
          value={made}
          onClose={() => setMade(null)}
        />
      )}
      {revoking && (
        <Revoke
          app={app}
          id={revoking.id}
          onClose={() => {
            setRevoking(null);
            void again();
          }}
        />
      )}
    </div>
  );
}

function Revoke({ app, id, onClose }: { app: string; id: string; onClose: () => void }) {
  const { it } = useSettingsWords();
  const [ends, setEnds] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const revoke = async () => {
    const outcome = await ask(() => settingsApi.revokeIdentityKey(app, id, ends ? "end" : "go_on"));
    if (outcome.kind === "done") onClose();
    else setFault(faultOf(outcome, it));
  };
  return (
    <Ask title={it.apps.revokeOf(id)} lead={it.apps.revokeAsk} onClose={onClose}>
      <Fault text={fault} />
      <label className="flex items-start gap-3 text-sm">
        <input
          type="checkbox"
          className="mt-0.5 size-4.5 shrink-0"
          checked={ends}
          onChange={(event) => setEnds(event.target.checked)}
        />
        {it.apps.sessions}
      </label>
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="line" size="normal" onClick={onClose}>
          {it.cancel}
        </Button>
        <Button look="danger" size="normal" onClick={() => void revoke()}>
          {it.apps.revoke}
        </Button>
      </div>
    </Ask>
  );
}
