import { useState } from "react";
import { api } from "../api/client";
import { may } from "../api/roles";
import { useInbox } from "../inbox/context";
import { HOLDS, type Hold, keepHold, keptHold } from "../sync/hold";
import { applyTheme, keptTheme, THEMES } from "../theme/theme";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";
import { LANGUAGES, type Language, useWords } from "../words/words";

/** What opens below the name of who is signed in: language, appearance, signing out. */
export default function AccountPanel({
  onClose,
  onAlerts,
  onAvailability,
  onSettings,
  onReports,
  onSignedOut,
}: {
  onClose: () => void;
  onAlerts: () => void;
  onAvailability: () => void;
  onSettings: () => void;
  onReports: () => void;
  onSignedOut: () => void;
}) {
  const { words, language, choose } = useWords();
  const inbox = useInbox();
  const [theme, setTheme] = useState(keptTheme);
  const [hold, setHold] = useState(() => String(keptHold()));
  const [asks, setAsks] = useState(false);
  const [isFailed, setFailed] = useState(false);

  const signOut = async () => {
    setFailed(false);
    const outcome = await api.signOut();
    if (outcome.kind === "lost" || outcome.kind === "refused") return setFailed(true);
    await inbox.forget();
    void import("../notify/notifications").then(({ clearAll }) => clearAll()).catch(() => {});
    onSignedOut();
  };

  return (
    <>
      <section
        id="account"
        aria-label={words.account.menu(inbox.me.name)}
        className="absolute top-full right-0 z-30 mt-2 w-64 space-y-4 rounded-xl border border-line bg-raised p-4 shadow-float triple:top-auto triple:right-auto triple:bottom-full triple:left-0 triple:mb-1"
      >
        <Choice
          label={words.account.language}
          options={(Object.keys(LANGUAGES) as Language[]).map((code) => ({
            value: code,
            name: LANGUAGES[code],
            lang: code,
          }))}
          value={language}
          onPick={choose}
        />
        <Choice
          label={words.account.theme}
          options={THEMES.map((name) => ({ value: name, name: words.account[name] }))}
          value={theme}
          onPick={(picked) => {
            applyTheme(picked);
            setTheme(picked);
          }}
        />
        <Choice
          label={words.account.hold}
          options={HOLDS.map((value) => ({
            value: String(value),
            name: value === 0 ? words.account.holdOff : words.account.holdSeconds(value),
          }))}
          value={hold}
          onPick={(picked) => {
            keepHold(Number(picked) as Hold);
            setHold(picked);
          }}
        />
        <div className="space-y-2 border-t border-line pt-3">
          {may(inbox.me.role, "assign") && (
            <Button
              look="line"
              className="w-full"
              onClick={() => {
                onClose();
                onAvailability();
              }}
            >
              <Icon name="hand" />
              {words.keys.actions.availability}
            </Button>
          )}
          <Button
            look="line"
            className="w-full"
            onClick={() => {
              onClose();
              onAlerts();
            }}
          >
            <Icon name="bell" />
            {words.alerts.title}
          </Button>
          <Button
            look="line"
            className="w-full"
            onClick={() => {
              onClose();
              onReports();
            }}
          >
            <Icon name="table" />
            {words.keys.actions.reports}
          </Button>
          <Button
            look="line"
            className="w-full"
            onClick={() => {
              onClose();
              onSettings();
            }}
          >
            <Icon name="shield" />
            {words.account.settings}
          </Button>
          {isFailed && (
            <p role="alert" className="mb-2 text-sm text-danger">
              {words.account.signOutFailed}
            </p>
          )}
          <Button
            look="line"
            className="w-full"
            onClick={() => (inbox.unsent() > 0 ? setAsks(true) : void signOut())}
          >
            {words.account.signOut}
          </Button>
        </div>
      </section>
      {asks && (
        <Dialog label={words.account.signOut} onClose={() => setAsks(false)}>
          <div className="p-6">
            <p className="text-base">{words.account.signOutUnsent(inbox.unsent())}</p>
            <div className="mt-5 flex justify-end gap-2">
              <Button look="line" onClick={() => setAsks(false)}>
                {words.account.cancel}
              </Button>
              <Button
                look="solid"
                onClick={() => {
                  setAsks(false);
                  void signOut();
                }}
              >
                {words.account.signOut}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Choice<T extends string>({
  label,
  options,
  value,
  onPick,
}: {
  label: string;
  options: readonly { value: T; name: string; lang?: string }[];
  value: T;
  onPick: (value: T) => void;
}) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-xs font-semibold text-ink-faint">{label}</legend>
      <div className="flex flex-col gap-px">
        {options.map((option) => (
          <label
            key={option.value}
            lang={option.lang}
            className="flex min-h-8 cursor-pointer items-center gap-2.5 rounded-md px-2 text-sm hover:bg-hover"
          >
            <input
              type="radio"
              name={label}
              className="size-4"
              checked={option.value === value}
              onChange={() => onPick(option.value)}
            />
            {option.name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
