import "./settings.css";
import { type ComponentType, type LazyExoticComponent, lazy, Suspense } from "react";
import { type Act, may } from "../api/roles";
import { useInbox } from "../inbox/context";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon, type IconName } from "../ui/icon";
import { Deeds } from "./deeds";
import { useSettingsWords } from "./words/useSettingsWords";

export const SECTIONS = [
  { name: "security", act: "read", icon: "shield", page: lazy(() => import("./account/security")) },
  { name: "replies", act: "answer", icon: "reply", page: lazy(() => import("./company/replies")) },
  { name: "people", act: "administer", icon: "person", page: lazy(() => import("./company/people")) },
  { name: "hours", act: "administer", icon: "clock", page: lazy(() => import("./company/hours")) },
  { name: "rules", act: "administer", icon: "personAdd", page: lazy(() => import("./company/rules")) },
  { name: "tags", act: "administer", icon: "tag", page: lazy(() => import("./company/tags")) },
  { name: "apps", act: "administer", icon: "phone", page: lazy(() => import("./company/apps")) },
  { name: "webhooks", act: "administer", icon: "send", page: lazy(() => import("./company/webhooks")) },
  { name: "keys", act: "administer", icon: "globe", page: lazy(() => import("./company/keys")) },
  { name: "data", act: "administer", icon: "archive", page: lazy(() => import("./company/data")) },
  { name: "log", act: "administer", icon: "list", page: lazy(() => import("./company/log")) },
] as const satisfies readonly {
  name: string;
  /** Who finds it: whoever may do this. */
  act: Act;
  icon: IconName;
  page: LazyExoticComponent<ComponentType>;
}[];

type SectionName = (typeof SECTIONS)[number]["name"];

/** The settings, over the inbox, which goes on behind them: a list of sections and one of them. */
export default function SettingsPage({
  section,
  onSection,
  onClose,
}: {
  section: string;
  onSection: (section: SectionName) => void;
  onClose: () => void;
}) {
  const { it } = useSettingsWords();
  const { role } = useInbox().me;
  const sections = SECTIONS.filter(({ act }) => may(role, act));
  const shown = sections.find(({ name }) => name === section) ?? SECTIONS[0];
  const Shown = shown.page;
  return (
    <Dialog label={it.title} onClose={onClose}>
      <div className="settings h-full">
        <div className="flex h-full flex-col overflow-hidden triple:flex-row">
          <nav
            aria-label={it.sections}
            className="flex shrink-0 flex-col gap-1 border-line px-3 pt-3 pb-2 max-triple:border-b triple:w-60 triple:overflow-y-auto triple:pt-4"
          >
            <Button className="justify-start" onClick={onClose}>
              <Icon name="back" />
              {it.back}
            </Button>
            <ul className="flex gap-1 overflow-x-auto triple:mt-3 triple:flex-col">
              {sections.map(({ name, icon }) => (
                <li
                  key={name}
                  className="shrink-0"
                  ref={(item) => {
                    if (name === shown.name) item?.scrollIntoView({ block: "nearest", inline: "nearest" });
                  }}
                >
                  <button
                    type="button"
                    data-section={name}
                    aria-current={name === shown.name ? "page" : undefined}
                    onClick={() => onSection(name)}
                    className="flex min-h-9 w-full items-center gap-2.5 rounded-lg px-2.5 text-left text-sm font-medium whitespace-nowrap text-ink-soft hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent"
                  >
                    <Icon name={icon} />
                    {it.names[name]}
                  </button>
                </li>
              ))}
            </ul>
            {!may(role, "administer") && (
              <p className="mt-3 px-2.5 text-xs text-ink-faint max-triple:hidden">{it.onlyAdmins}</p>
            )}
          </nav>
          <div className="min-h-0 flex-1 overflow-y-auto" data-settings={shown.name}>
            <div className="mx-auto max-w-3xl px-4 pt-5 pb-16 pair:px-8 triple:pt-8">
              <h1 className="mb-6 text-xl font-semibold tracking-tight">{it.names[shown.name]}</h1>
              <Deeds>
                <Suspense fallback={<p className="text-sm text-ink-faint">{it.loading}</p>}>
                  <Shown key={shown.name} />
                </Suspense>
              </Deeds>
            </div>
          </div>
        </div>
      </div>
    </Dialog>
  );
}
