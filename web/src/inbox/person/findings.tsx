import type { PushDiagnosis } from "../../api/types";
import { Icon, type IconName } from "../../ui/icon";
import { useWords } from "../../words/words";
import { personWords } from "./words";

const ICONS: Record<string, IconName> = { good: "check", doubtful: "alert", broken: "close" };
const INKS: Record<string, string> = {
  good: "text-accent",
  doubtful: "text-ink-soft",
  broken: "text-danger",
};

/** How far a test push came on its way to each device, hop by hop, and what to do. */
export function Findings({ told, nameOf }: { told: PushDiagnosis; nameOf: (device: string) => string }) {
  const { language } = useWords();
  const it = personWords[language];
  return told.devices.map(({ device_id, findings }) => (
    <div key={device_id} className="mt-3" data-tested={device_id}>
      <h4 className="text-sm font-medium">{`${it.tested}: ${nameOf(device_id)}`}</h4>
      <ol className="mt-1 space-y-1.5">
        {findings.map(({ hop, state, what, fix }) => (
          <li key={hop} className="flex items-start gap-2 text-sm" data-hop={`${hop} ${state}`}>
            <Icon name={ICONS[state] ?? "alert"} className={`mt-0.5 ${INKS[state] ?? ""}`} />
            <p className="min-w-0 flex-1 [overflow-wrap:anywhere]">
              <span className="font-medium">{it.hops[hop]}</span>
              <span className="sr-only">{` ${it.states[state]}`}</span>
              {`: ${what}`}
              {fix && <span className="block text-ink-faint">{fix}</span>}
            </p>
          </li>
        ))}
      </ol>
    </div>
  ));
}
