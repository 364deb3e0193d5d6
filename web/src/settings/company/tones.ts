// What phones make of a company's colour: the same as `Colour::tones` in protocol/src/appearance.rs; both are tested with one table.

/** A colour that is sure to be seen on the ground of a theme, and what can be read on it. */
export interface Tone {
  fill: string;
  ink: string;
}

/** What words need to be read (WCAG 2.2, 1.4.3). */
const READABLE = 4.5;
/** The light ground that is hardest to read on, and the dark one. */
const GROUNDS = { light: "#f4f2ee", dark: "#262421" } as const;

type Rgb = readonly [number, number, number];

/** `#rrggbb` in lower case; null: it is no colour. The # may be left out. */
export function colourOf(text: string): string | null {
  const digits = text.trim().replace(/^#/, "");
  return /^[0-9a-f]{6}$/i.test(digits) ? `#${digits.toLowerCase()}` : null;
}

const rgbOf = (colour: string): Rgb => [
  Number.parseInt(colour.slice(1, 3), 16),
  Number.parseInt(colour.slice(3, 5), 16),
  Number.parseInt(colour.slice(5, 7), 16),
];

function luminance(colour: string): number {
  const part = (channel: number) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const [red, green, blue] = rgbOf(colour);
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
}

/** How much two colours differ in brightness, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function mixed(colour: string, towards: string, percent: number): string {
  const other = rgbOf(towards);
  const channels = rgbOf(colour).map((channel, place) =>
    Math.floor((channel * (100 - percent) + (other[place] ?? 0) * percent + 50) / 100),
  );
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

function tone(colour: string, ground: string, towards: string): Tone {
  let fill = towards;
  for (let percent = 0; percent <= 100; percent += 4) {
    const next = mixed(colour, towards, percent);
    if (contrast(next, ground) < READABLE) continue;
    fill = next;
    break;
  }
  const isWhite = contrast(fill, "#ffffff") >= contrast(fill, "#000000");
  return { fill, ink: isWhite ? "#ffffff" : "#000000" };
}

/** The colour itself where it can be read, or else the nearest darker or lighter one. */
export function tonesOf(colour: string): { light: Tone; dark: Tone } {
  return { light: tone(colour, GROUNDS.light, "#000000"), dark: tone(colour, GROUNDS.dark, "#ffffff") };
}
