import { useState } from "react";
import type { Outcome } from "../../api/client";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { type AppInfo, type IdentityKey, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Ask, Copied, Fault, faultOf, Row, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { MakeApp, RenameApp, ShutApp } from "./appdialogs";
import { Appearance } from "./appearance";
import { appWords } from "./appwords";
import { Cards } from "./cards";
import { Fallback } from "./fallback";
import { Push } from "./push";
import { Satisfaction } from "./satisfaction";
import { Secret } from "./secret";
import { SNIPPETS } from "./snippets";

type Asked = { kind: "make" } | { kind: "rename" | "shut"; app: AppInfo };
interface Told {
  text: string;
  /** What takes it back. */
  undo?: () => Promise<Outcome<unknown>>;
}

/** The apps: made, named, shut; what their developers paste, and the keys that vouch for users. */
export default function Apps() {
  const { it, language } = useSettingsWords();
  const own = appWords[language];
  const [list, again] = useLoaded(settingsApi.apps);
  const [staff] = useLoaded(settingsApi.staff);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const teams = staff.name === "here" ? staff.value.teams : [];
  const done = (said: Told) => {
    setAsked(null);
    setFault(null);
    setTold(said);
    void again();
  };
  const act = async (deed: () => Promise<Outcome<unknown>>, said: string | null) => {
    const outcome = await ask(deed);
    setFault(faultOf(outcome, it));
    if (outcome.kind !== "done") return;
    setTold(said ? { text: said } : null);
    await again();
  };
  return (
    <>
      <div className="mb-6 flex flex-wrap items-start gap-3">
        <p className="min-w-0 flex-1 basis-64 max-w-prose text-sm text-ink-faint">{it.apps.lead}</p>
        <Button look="line" onClick={() => setAsked({ kind: "make" })}>
          <Icon name="plus" />
          {own.make}
        </Button>
      </div>
      <div className={told || fault ? "mb-6 flex flex-wrap items-center gap-3" : ""}>
        <div className="min-w-0 flex-1">
          {fault ? <Fault text={fault} /> : <Said text={told?.text ?? null} />}
        </div>
        {told?.undo && (
          <Button look="line" data-undo-app onClick={() => told.undo && void act(told.undo, null)}>
            <Icon name="undo" />
            {own.undo}
          </Button>
        )}
      </div>
      <Shown state={list} onAgain={() => void again()}>
        {({ apps }) =>
          apps.length === 0 ? (
            <p className="text-sm text-ink-faint">{own.none}</p>
          ) : (
            apps.map((app) => (
              <OneApp
                key={app.id}
                app={app}
                team={teams.length > 1 ? teams.find(({ id }) => id === app.team_id)?.name : undefined}
                onAsk={(kind) => setAsked({ kind, app })}
                onOpen={() => void act(() => settingsApi.openApp(app.id), own.opened(app.name))}
              />
            ))
          )
        }
      </Shown>
      {asked?.kind === "make" && (
        <MakeApp
          teams={teams}
          onDone={(name) => done({ text: own.made(name) })}
          onClose={() => setAsked(null)}
        />
      )}
      {asked?.kind === "rename" && (
        <RenameApp
          app={asked.app}
          onDone={(name) => {
            const { id, name: before } = asked.app;
            done({ text: own.renamed(before, name), undo: () => settingsApi.renameApp(id, before) });
          }}
          onClose={() => setAsked(null)}
        />
      )}
      {asked?.kind === "shut" && (
        <ShutApp
          app={asked.app}
          onDone={() => {
            const { id, name } = asked.app;
            done({ text: own.wasShut(name), undo: () => settingsApi.openApp(id) });
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

function OneApp({
  app,
  team,
  onAsk,
  onOpen,
}: {
  app: AppInfo;
  /** Who answers, where there is more than one team. */
  team: string | undefined;
  onAsk: (kind: "rename" | "shut") => void;
  onOpen: () => void;
}) {
  const { it, language, format } = useSettingsWords();
  const own = appWords[language];
  const since = app.disabled_at && format.day(new Date(app.disabled_at), new Date());
  return (
    <Section
      title={app.name}
      {...(team ? { lead: own.answers(team) } : {})}
      action={
        <div className="flex flex-wrap gap-2">
          <Button look="line" aria-label={own.renameOf(app.name)} onClick={() => onAsk("rename")}>
            {own.rename}
          </Button>
          {!since && (
            <Button look="danger" aria-label={own.shutOf(app.name)} onClick={() => onAsk("shut")}>
              {own.shut}
            </Button>
          )}
        </div>
      }
    >
      {since && (
        <div data-shut={app.id} className="flex flex-wrap items-center gap-3 bg-warn-soft px-4 py-3">
          <p className="min-w-0 flex-1 text-sm text-warn">{own.isShut(since)}</p>
          <Button look="line" aria-label={own.openOf(app.name)} onClick={onOpen}>
            {own.open}
          </Button>
        </div>
      )}
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
