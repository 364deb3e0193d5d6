// Drawn on a grid of 20, in the colour of the text around them. An icon is never the only name of a thing.
const PATHS = {
  inbox:
    "M3 11h3.5l1 2h5l1-2H17M3 11v3.5a1.5 1.5 0 0 0 1.5 1.5h11a1.5 1.5 0 0 0 1.5-1.5V11M3 11l2.2-6.1A1.5 1.5 0 0 1 6.6 4h6.8a1.5 1.5 0 0 1 1.4.9L17 11",
  person: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5c.6-2.6 3-4 6-4s5.4 1.4 6 4",
  personAdd:
    "M8.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16c.6-2.5 3-3.9 6-3.9 1.3 0 2.5.3 3.5.8M15 11.5v5M12.5 14h5",
  hand: "M10 3v7l3.5 2M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15Z",
  circle: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
  dashed:
    "M10 3a7 7 0 0 1 3.5.94M16.1 6.5A7 7 0 0 1 17 10M16.06 13.5A7 7 0 0 1 13.5 16.06M10 17a7 7 0 0 1-3.5-.94M3.94 13.5A7 7 0 0 1 3 10M3.94 6.5A7 7 0 0 1 6.5 3.94",
  archive: "M3 4.5h14v3H3zM4.5 7.5V15A1.5 1.5 0 0 0 6 16.5h8a1.5 1.5 0 0 0 1.5-1.5V7.5M8 10.5h4",
  check: "M4 10.5l4 4 8-9",
  checks: "M2 10.8l3.3 3.4 6.7-8M9 13.2l1 1 7.5-8.5",
  clock: "M10 6v4.3l2.6 1.7M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
  alert: "M10 6.5v4.3M10 13.6v.1M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4Z",
  reply: "M8 5L3.5 9.5 8 14M4 9.5h7.5a5 5 0 0 1 5 5V16",
  note: "M4.5 3.5h11a1 1 0 0 1 1 1v7.5l-4.5 4.5H4.5a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1ZM12 16v-4h4M6.5 7h7M6.5 10h3.5",
  send: "M3.5 10L3 4l14 6-14 6 .5-6ZM3.5 10H10",
  back: "M12 4.5L6.5 10l5.5 5.5",
  down: "M10 4v12M5 11l5 5 5-5",
  up: "M10 16V4M5 9l5-5 5 5",
  close: "M5 5l10 10M15 5L5 15",
  keyboard:
    "M3.5 5.5h13a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M6.5 11.5h7",
  shield: "M10 2.8l5.8 2v4.7c0 3.6-2.4 6.3-5.8 7.7-3.4-1.4-5.8-4.1-5.8-7.7V4.8zM7.5 9.8l1.8 1.8 3.3-3.5",
  file: "M5.5 3h6l4 4v9a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM11 3.2V7.5h4.3",
  pin: "M10 17.5c3.5-3.6 5.2-6.3 5.2-8.6a5.2 5.2 0 1 0-10.4 0c0 2.3 1.7 5 5.2 8.6ZM10 10.8a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8Z",
  list: "M4 5.5h12M4 10h12M4 14.5h7",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5ZM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  more: "M6 8l4 4 4-4",
  pencil:
    "M4 16l.7-3.300L13 4.400a1.400 1.400 0 0 1 2 0l.6.6a1.400 1.400 0 0 1 0 2L7.300 15.300 4 16ZM11.500 6l2.500 2.500",
  cloud:
    "M4 4l12 12M6.2 8.2A3.700 3.700 0 0 0 6.500 15.500H13M8.500 6.600A4.500 4.500 0 0 1 14.800 9.600 3 3 0 0 1 16.300 14.800",
  sparkle: "M10 3l1.700 4.800L16.500 9.500l-4.800 1.700L10 16l-1.700-4.800L3.500 9.500l4.800-1.700Z",
  search: "M9 15a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM13.4 13.4L17 17",
  globe:
    "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM3.2 10h13.6M10 3c2 2 3 4.300 3 7s-1 5-3 7c-2-2-3-4.300-3-7s1-5 3-7Z",
  undo: "M7.500 4.500L3.500 8.500l4 4M3.500 8.500h8a4.500 4.500 0 0 1 0 9H8",
} as const;

export type IconName = keyof typeof PATHS;

const SIZES = {
  tiny: "size-3",
  small: "size-3.5",
  normal: "size-4",
  large: "size-5",
  huge: "size-6",
} as const;

type Props = { name: IconName; size?: keyof typeof SIZES; className?: string };

export function Icon({ name, size = "normal", className = "" }: Props) {
  return (
    <svg
      viewBox="0 0 20 20"
      className={`${SIZES[size]} shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
