const HUES = ["bg-hue-1", "bg-hue-2", "bg-hue-3", "bg-hue-4", "bg-hue-5"] as const;

/** The same person has the same colour everywhere. */
function hueOf(id: string): string {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return HUES[sum % HUES.length] ?? HUES[0];
}

const segments = new Intl.Segmenter();

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return picked
    .map((word) => [...segments.segment(word ?? "")][0]?.segment ?? "")
    .join("")
    .toLocaleUpperCase();
}

const SIZES = { large: "size-9 text-xs", small: "size-5 text-[0.5625rem]" } as const;

/** Initials on a quiet colour; the name stands beside it or is its title. */
export function Avatar({
  id,
  name,
  size = "large",
}: {
  id: string;
  name: string;
  size?: keyof typeof SIZES;
}) {
  return (
    <span
      aria-hidden="true"
      className={`${hueOf(id)} ${SIZES[size]} inline-flex shrink-0 items-center justify-center rounded-full font-semibold text-ink-soft select-none`}
    >
      {initialsOf(name)}
    </span>
  );
}
