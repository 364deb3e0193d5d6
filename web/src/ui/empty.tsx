import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon";

/** What a place says when nothing stands in it. */
export function Empty({
  icon,
  title,
  more,
  children,
}: {
  icon: IconName;
  title: string;
  more?: string;
  children?: ReactNode;
}) {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-2 px-8 py-12 text-center">
      <span className="mb-2 inline-flex size-12 items-center justify-center rounded-2xl bg-accent-soft text-accent">
        <Icon name={icon} size="huge" />
      </span>
      <p className="text-base font-semibold text-balance">{title}</p>
      {more && <p className="max-w-xs text-sm text-pretty text-ink-faint">{more}</p>}
      {children && <div className="mt-3 flex flex-wrap justify-center gap-2">{children}</div>}
    </div>
  );
}
