import { type ComponentProps, type ReactNode, useId } from "react";

/** A labelled input with its fault below; `children` stand inside it, at the end. */
export function Field({
  label,
  fault,
  children,
  ...input
}: ComponentProps<"input"> & { label: string; fault?: string | undefined; children?: ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium text-ink-soft">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          aria-invalid={fault !== undefined}
          aria-describedby={fault ? `${id}-fault` : undefined}
          className="h-11 w-full rounded-lg border border-line-strong bg-raised px-3.5 text-base text-ink shadow-raised outline-offset-0 aria-invalid:border-danger"
          {...input}
        />
        {children && <div className="absolute inset-y-0 right-1.5 flex items-center">{children}</div>}
      </div>
      {fault && (
        <p id={`${id}-fault`} role="alert" className="mt-1.5 text-sm text-danger">
          {fault}
        </p>
      )}
    </div>
  );
}
