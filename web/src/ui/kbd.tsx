import type { ReactNode } from "react";

/** A key as it is printed on the keyboard. */
export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex min-w-5 items-center justify-center rounded-[5px] border border-line bg-canvas px-1.5 font-sans text-[0.6875rem] leading-[1.15rem] font-medium text-ink-soft">
      {children}
    </kbd>
  );
}
