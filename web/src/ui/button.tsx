import type { ComponentProps } from "react";

const LOOKS = {
  solid:
    "bg-accent text-on-accent hover:bg-accent-strong disabled:bg-hover disabled:text-ink-faint font-medium shadow-raised",
  note: "bg-note-solid text-on-note hover:opacity-90 disabled:bg-hover disabled:text-ink-faint font-medium shadow-raised",
  line: "border border-line bg-raised text-ink hover:bg-hover shadow-raised font-medium disabled:text-ink-faint",
  quiet: "text-ink-soft hover:bg-hover hover:text-ink disabled:text-ink-faint font-medium",
  accent: "text-accent hover:bg-accent-soft font-medium",
  danger: "text-danger hover:bg-danger-soft font-medium",
} as const;

type Props = ComponentProps<"button"> & { look?: keyof typeof LOOKS; size?: "normal" | "small" | "icon" };

const SIZES = {
  normal: "min-h-9 px-3.5 gap-2",
  small: "min-h-8 px-2.5 gap-1.5",
  icon: "size-8 justify-center",
} as const;

/** Every button of the inbox but those that are rows or tabs. */
export function Button({ look = "quiet", size = "small", className = "", type = "button", ...rest }: Props) {
  return (
    <button
      type={type}
      className={`inline-flex items-center justify-center rounded-lg text-sm whitespace-nowrap transition-colors disabled:cursor-default ${LOOKS[look]} ${SIZES[size]} ${className}`}
      {...rest}
    />
  );
}
