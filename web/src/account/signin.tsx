import { type FormEvent, useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import type { Messages } from "../words/en";
import { LANGUAGES, type Language, useWords } from "../words/words";
import { Mark } from "./mark";
import { hasPasskeys } from "./passkey";
import { type ByPasskey, usePasskey } from "./usepasskey";

type Ways = { provider?: string | null; only_provider: boolean };
type Fault = { field: "email" | "password" | "code" | null; text: (words: Messages) => string };

/** What a passkey is refused with, in words. */
function faultOfPasskey(outcome: ByPasskey): Fault["text"] {
  if (outcome.kind === "given_up") return (it) => it.signIn.passkeyGivenUp;
  if (outcome.kind === "failed") return (it) => it.signIn.passkeyFailed;
  if (outcome.kind === "lost") return lostOf(outcome.retryAfterMs);
  const code = outcome.kind === "refused" ? outcome.problem.code : "";
  if (code === "only_provider") return (it) => it.signIn.onlyProvider;
  if (code === "passkey_unknown") return (it) => it.signIn.passkeyUnknown;
  if (code === "passkeys_unavailable") return (it) => it.signIn.noPasskeys;
  return (it) => it.signIn.passkeyRefused;
}

function lostOf(retryAfterMs: number | null): Fault["text"] {
  const seconds = Math.ceil((retryAfterMs ?? 0) / 1_000);
  return (it) => (seconds > 0 ? it.signIn.tooOften(seconds) : it.signIn.unreachable);
}

/** Signing in with e-mail and password, or with a passkey; every refusal in words, beside what it is about. */
export default function SignIn({
  hadSession,
  onSignedIn,
}: {
  hadSession: boolean;
  onSignedIn: () => Promise<boolean>;
}) {
  const { words, language, choose } = useWords();
  const [isBusy, setBusy] = useState(false);
  const [isShown, setShown] = useState(false);
  const [needsCode, setNeedsCode] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);
  const form = useRef<HTMLFormElement>(null);

  const focus = (field: string) => form.current?.querySelector<HTMLInputElement>(`[name=${field}]`)?.focus();
  const fail = (found: Fault) => {
    setFault(found);
    focus(found.field ?? (needsCode ? "code" : "password"));
  };
  useEffect(() => {
    if (needsCode) form.current?.querySelector<HTMLInputElement>("[name=code]")?.focus();
  }, [needsCode]);

  // Who is in does not see this page any more. Whoever does has a browser that did not take the cookie.
  const enter = async () => {
    if (!(await onSignedIn())) fail({ field: null, text: (it) => it.signIn.notKept });
  };
  const passed = async (outcome: ByPasskey) => {
    if (outcome.kind === "done") await enter();
    else setFault({ field: null, text: faultOfPasskey(outcome) });
  };
  const askPasskey = usePasskey((outcome) => void passed(outcome));
  const [ways, setWays] = useState<Ways>({ only_provider: false });
  const [isEmergency, setEmergency] = useState(false);
  useEffect(() => {
    // Without the answer a company's only way in would not be offered: asked until there is one.
    let timer = 0;
    const askWays = async (waitMs: number) => {
      const outcome = await api.signInWays();
      if (outcome.kind === "done") setWays(outcome.value);
      else timer = window.setTimeout(() => void askWays(Math.min(waitMs * 2, 30_000)), waitMs);
    };
    void askWays(1_000);
    return () => window.clearTimeout(timer);
  }, []);
  const byProvider = async () => {
    if (isBusy) return;
    setFault(null);
    setBusy(true);
    const outcome = await api.providerAddress();
    // Busy until the page is another one.
    if (outcome.kind === "done") return location.assign(outcome.value.address);
    setBusy(false);
    const lost = outcome.kind === "lost" ? lostOf(outcome.retryAfterMs) : null;
    setFault({ field: null, text: lost ?? ((it) => it.signIn.providerFailed) });
  };
  const isOnlyProvider = ways.only_provider && !isEmergency;
  const byPasskey = async () => {
    if (isBusy) return;
    setFault(null);
    setBusy(true);
    await passed(await askPasskey());
    setBusy(false);
  };

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isBusy) return;
    const data = new FormData(event.currentTarget);
    const email = String(data.get("email")).trim();
    const password = String(data.get("password"));
    const code = String(data.get("code") ?? "").trim();
    if (!email) return fail({ field: "email", text: (it) => it.signIn.needEmail });
    if (!password) return fail({ field: "password", text: (it) => it.signIn.needPassword });
    if (needsCode && !code) return fail({ field: "code", text: (it) => it.signIn.needCode });
    setFault(null);
    setBusy(true);
    const outcome = await api.signIn(email, password, code);
    if (outcome.kind === "done") await enter();
    setBusy(false);
    if (outcome.kind === "lost") fail({ field: null, text: lostOf(outcome.retryAfterMs) });
    if (outcome.kind === "refused") {
      if (outcome.problem.code === "second_factor_needed") return setNeedsCode(true);
      if (outcome.problem.code === "only_provider")
        return setFault({ field: null, text: (it) => it.signIn.onlyProvider });
      if (outcome.problem.code === "passkey_needed")
        return setFault({ field: null, text: (it) => it.signIn.passkeyNeeded });
      if (outcome.problem.code === "wrong_code")
        return fail({ field: "code", text: (it) => it.signIn.wrongCode });
      const isWrong = outcome.problem.code === "wrong_credentials";
      fail({ field: null, text: (it) => (isWrong ? it.signIn.wrong : it.signIn.refused) });
    }
  }

  const faultOf = (field: Fault["field"]) => (fault?.field === field ? fault.text(words) : undefined);
  return (
    <main className="flex min-h-full flex-col items-center justify-center gap-8 px-5 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-8 flex items-center gap-3">
          <Mark />
          <span className="text-lg font-semibold tracking-tight">{words.product}</span>
        </div>
        <h1 className="text-2xl font-semibold tracking-tight">{words.signIn.title}</h1>
        <p className="mt-1.5 text-base text-ink-faint">{words.signIn.lead}</p>
        {hadSession && !fault && (
          <p role="status" className="mt-5 rounded-lg bg-warn-soft px-3.5 py-2.5 text-sm text-warn">
            {words.signIn.ended}
          </p>
        )}
        {fault && fault.field === null && (
          <p role="alert" className="mt-5 rounded-lg bg-danger-soft px-3.5 py-2.5 text-sm text-danger">
            {fault.text(words)}
          </p>
        )}
        {ways.provider && (
          <Button
            look={isOnlyProvider ? "solid" : "line"}
            className="mt-6 min-h-11 w-full text-base"
            aria-disabled={isBusy}
            onClick={() => void byProvider()}
          >
            {words.signIn.provider(ways.provider)}
          </Button>
        )}
        {isOnlyProvider ? (
          <Button className="mt-6 w-full whitespace-normal" onClick={() => setEmergency(true)}>
            {words.signIn.emergency}
          </Button>
        ) : (
          <>
            <form ref={form} onSubmit={submit} noValidate className="mt-6 flex flex-col gap-4">
              <Field
                label={words.signIn.email}
                name="email"
                type="email"
                autoComplete="username webauthn"
                fault={faultOf("email")}
              />
              <Field
                label={words.signIn.password}
                name="password"
                type={isShown ? "text" : "password"}
                autoComplete="current-password"
                fault={faultOf("password")}
              >
                <Button
                  size="icon"
                  aria-label={isShown ? words.signIn.hide : words.signIn.show}
                  onClick={() => setShown(!isShown)}
                >
                  <EyeIcon isOpen={isShown} />
                </Button>
              </Field>
              {needsCode && (
                <Field
                  label={words.signIn.code}
                  name="code"
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  fault={faultOf("code")}
                />
              )}
              <Button type="submit" look="solid" className="mt-2 min-h-11 text-base" aria-disabled={isBusy}>
                {isBusy ? words.signIn.busy : words.signIn.submit}
              </Button>
            </form>
            <p className="mt-4 text-sm text-ink-faint">{words.signIn.forgotten}</p>
            {hasPasskeys() && (
              <>
                <p className="my-4 text-center text-sm text-ink-faint">{words.signIn.or}</p>
                <Button
                  look="line"
                  className="min-h-11 w-full text-base"
                  aria-disabled={isBusy}
                  onClick={() => void byPasskey()}
                >
                  {words.signIn.passkey}
                </Button>
              </>
            )}
          </>
        )}
      </div>
      <div className="flex gap-1">
        {(Object.keys(LANGUAGES) as Language[]).map((code) => (
          <Button
            key={code}
            lang={code}
            aria-pressed={code === language}
            onClick={() => choose(code)}
            className="aria-pressed:text-accent"
          >
            {LANGUAGES[code]}
          </Button>
        ))}
      </div>
    </main>
  );
}

function EyeIcon({ isOpen }: { isOpen: boolean }) {
  return (
    <svg
      viewBox="0 0 20 20"
      className="size-4.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5Z" />
      <circle cx="10" cy="10" r="2.2" />
      {!isOpen && <path d="M4 16L16 4" />}
    </svg>
  );
}
