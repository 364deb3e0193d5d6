import { type ReactNode, useEffect, useState } from "react";
import type { AgentNotifications, Means } from "../api/types";
import { useInbox } from "../inbox/context";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon, type IconName } from "../ui/icon";
import { useWords } from "../words/words";
import { permissionNow } from "./notifications";
import { isSetUp, obstacle, type PushFault, setUpPush, stopPush } from "./push";
import { playSound } from "./sound";
import { changeWishes, loadWishes, offsetNow, useWishes } from "./wishes";

const KINDS = ["assigned", "unassigned", "mentioned"] as const;
const MEANS = ["sound", "desktop", "push", "mail"] as const satisfies readonly (keyof Means)[];
const MEANS_ICONS: Record<(typeof MEANS)[number], IconName> = {
  sound: "sound",
  desktop: "inbox",
  push: "bell",
  mail: "mail",
};

/** What the agent is told of, by which means, and when not; and what this browser is allowed to. */
export default function NotificationSettings({ onClose }: { onClose: () => void }) {
  const { words } = useWords();
  const state = useWishes();
  useEffect(() => void loadWishes(), []);
  return (
    <Dialog label={words.alerts.title} onClose={onClose} className="w-[min(34rem,calc(100vw-2rem))]">
      <div className="max-h-[inherit] overflow-y-auto p-5 pair:p-6">
        <div className="flex items-start justify-between gap-4">
          <div>
            <h2 className="text-lg font-semibold">{words.alerts.title}</h2>
            <p className="mt-0.5 text-sm text-ink-faint">{words.alerts.lead}</p>
          </div>
          <Button size="icon" aria-label={words.keys.close} onClick={onClose}>
            <Icon name="close" />
          </Button>
        </div>
        {state.name === "unknown" && <p className="mt-5 text-sm text-ink-faint">{words.ledger.loading}</p>}
        {state.name === "failed" && (
          <Problem text={words.alerts.failed}>
            <Button look="line" onClick={() => void loadWishes()}>
              {words.list.retry}
            </Button>
          </Problem>
        )}
        {state.name === "known" && (
          <>
            {state.problem && <Problem text={words.alerts[state.problem]} />}
            <Matrix wishes={state.wishes} />
            <QuietHours wishes={state.wishes} />
          </>
        )}
        <section className="mt-6">
          <h3 className="mb-2 text-xs font-semibold text-ink-faint">{words.alerts.thisBrowser}</h3>
          <div className="divide-y divide-line rounded-xl border border-line">
            <DesktopPermission />
            <PushHere />
          </div>
        </section>
      </div>
    </Dialog>
  );
}

function Problem({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div
      role="alert"
      className="mt-4 flex flex-wrap items-center gap-3 rounded-xl bg-danger-soft p-3 text-sm text-danger"
    >
      <span className="min-w-0 flex-1">{text}</span>
      {children}
    </div>
  );
}

function Matrix({ wishes }: { wishes: AgentNotifications }) {
  const { words, language } = useWords();
  return (
    <table className="mt-5 w-full table-fixed border-collapse text-sm">
      <caption className="sr-only">{words.alerts.title}</caption>
      <thead>
        <tr className="text-xs text-ink-faint">
          <th scope="col" className="w-2/5 pb-2 text-left font-semibold">
            {words.alerts.messages}
          </th>
          {MEANS.map((means) => (
            <th key={means} scope="col" className="px-0.5 pb-2 font-semibold">
              <span className="flex flex-col items-center gap-1 [overflow-wrap:anywhere]">
                <Icon name={MEANS_ICONS[means]} />
                {words.alerts.means[means]}
              </span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {KINDS.map((kind) => (
          <tr key={kind} className="border-t border-line">
            <th scope="row" className="py-2.5 pr-2 text-left font-medium">
              {words.alerts.kinds[kind]}
            </th>
            {MEANS.map((means) => (
              <td key={means} className="text-center">
                <label className="inline-flex size-9 cursor-pointer items-center justify-center rounded-lg hover:bg-hover">
                  <span className="sr-only">
                    {words.alerts.kinds[kind]}: {words.alerts.means[means]}
                  </span>
                  <input
                    type="checkbox"
                    name={`${kind}-${means}`}
                    className="size-4.5"
                    checked={wishes[kind][means]}
                    onChange={(event) => {
                      const isOn = event.target.checked;
                      // Whoever switches it on hears what it is.
                      if (means === "sound" && isOn) playSound();
                      // E-mails are written in the language in which they were wished for.
                      void changeWishes((before) => ({
                        ...before,
                        language,
                        [kind]: { ...before[kind], [means]: isOn },
                      }));
                    }}
                  />
                </label>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Hours to begin with: an evening and a night. */
const NIGHT = { from: "19:00", until: "08:00" };

function QuietHours({ wishes }: { wishes: AgentNotifications }) {
  const { words } = useWords();
  const hours = wishes.quiet_hours;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const set = (times: { from: string; until: string } | null) =>
    void changeWishes((before) => ({
      ...before,
      quiet_hours: times && { ...times, utc_offset_minutes: offsetNow() },
    }));
  const field = "numeric h-9 rounded-lg border border-line-strong bg-surface px-2 text-sm text-ink";
  return (
    <section className="mt-5 rounded-xl bg-canvas p-3.5">
      <label className="flex items-start gap-3">
        <input
          type="checkbox"
          name="quiet"
          className="mt-0.5 size-4.5 shrink-0"
          checked={hours !== null}
          onChange={(event) => set(event.target.checked ? NIGHT : null)}
        />
        <span>
          <span className="block text-sm font-medium">{words.alerts.quiet}</span>
          <span className="block text-sm text-ink-faint">{words.alerts.quietMore}</span>
        </span>
      </label>
      {hours && (
        <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 pl-7.5 text-sm">
          <label className="flex items-center gap-2">
            {words.alerts.from}
            <input
              type="time"
              name="from"
              required
              value={hours.from}
              onChange={({ target }) => target.value && set({ from: target.value, until: hours.until })}
              className={field}
            />
          </label>
          <label className="flex items-center gap-2">
            {words.alerts.until}
            <input
              type="time"
              name="until"
              required
              value={hours.until}
              onChange={({ target }) => target.value && set({ from: hours.from, until: target.value })}
              className={field}
            />
          </label>
          <span className="text-xs text-ink-faint">{words.alerts.zone(zone.replaceAll("_", " "))}</span>
        </div>
      )}
    </section>
  );
}

/** One thing that a browser is allowed or not, and how that is changed. */
function Allowed({
  icon,
  isOn,
  title,
  more,
  children,
}: {
  icon: IconName;
  isOn: boolean;
  title: string;
  more: string;
  children?: ReactNode;
}) {
  return (
    <div className="flex flex-wrap items-center gap-3 p-3.5">
      <span
        className={`inline-flex size-8 shrink-0 items-center justify-center rounded-full ${isOn ? "bg-accent-soft text-accent" : "bg-canvas text-ink-faint"}`}
      >
        <Icon name={icon} />
      </span>
      <div className="min-w-0 flex-1 basis-44">
        <p className="text-sm font-medium">{title}</p>
        <p role="status" className="text-sm text-ink-faint">
          {more}
        </p>
      </div>
      {children}
    </div>
  );
}

function DesktopPermission() {
  const { words } = useWords();
  const [permission, setPermission] = useState(permissionNow);
  return (
    <Allowed
      icon="inbox"
      isOn={permission === "granted"}
      title={words.alerts.desktop}
      more={words.alerts.permission[permission]}
    >
      {permission === "default" && (
        <Button
          look="line"
          onClick={() => void Notification.requestPermission().then(() => setPermission(permissionNow()))}
        >
          {words.alerts.allow}
        </Button>
      )}
    </Allowed>
  );
}

type Push = { name: "off" | "on" | "busy" } | { name: "fault"; fault: PushFault };

function PushHere() {
  const { words, language } = useWords();
  const me = useInbox().me.id;
  const [push, setPush] = useState<Push>(() => {
    const fault = obstacle();
    if (fault) return { name: "fault", fault };
    return { name: isSetUp(me) && permissionNow() === "granted" ? "on" : "off" };
  });
  const change = async (ask: Promise<Awaited<ReturnType<typeof setUpPush>>>) => {
    setPush({ name: "busy" });
    const outcome = await ask;
    setPush(outcome.kind === "fault" ? { name: "fault", fault: outcome.fault } : { name: outcome.kind });
  };
  const isFinal = push.name === "fault" && (push.fault === "unsupported" || push.fault === "install");
  return (
    <Allowed
      icon="bell"
      isOn={push.name === "on"}
      title={words.alerts.push}
      more={push.name === "fault" ? words.alerts.faults[push.fault] : words.alerts.pushIs[push.name]}
    >
      {push.name === "on" ? (
        <Button look="line" onClick={() => void change(stopPush(me))}>
          {words.alerts.turnOff}
        </Button>
      ) : (
        !isFinal && (
          <Button
            look="line"
            disabled={push.name === "busy"}
            onClick={() => void change(setUpPush(me, language))}
          >
            {words.alerts.turnOn}
          </Button>
        )
      )}
    </Allowed>
  );
}
