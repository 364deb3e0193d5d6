import { useSettingsWords } from "../words/useSettingsWords";
import { lookWords } from "./lookwords";
import { contrast, tonesOf } from "./tones";

/** What the screens on phones have around a company's colour. */
const GROUNDS = {
  light: {
    canvas: "#f4f2ee",
    surface: "#ffffff",
    ink: "#201e1b",
    soft: "#68635a",
    own: ["#1a5e57", "#ffffff"],
  },
  dark: {
    canvas: "#141312",
    surface: "#262421",
    ink: "#f0ede8",
    soft: "#a59f94",
    own: ["#83d0c4", "#08231f"],
  },
} as const;

/** What stands on the small screens. */
export interface Shown {
  name: string;
  /** `#rrggbb`; null: none, or nothing that is one yet. */
  accent: string | null;
  greeting: string;
  /** Where the logo is; null: there is none. */
  logo: string | null;
}

/** Two small phones, in the light and in the dark, as they will look. */
export function LookPreview({ shown }: { shown: Shown }) {
  const { language } = useSettingsWords();
  const own = lookWords[language];
  return (
    <div className="space-y-2">
      <h4 className="text-sm font-medium text-ink-soft">{own.preview}</h4>
      <div className="grid gap-4 pair:grid-cols-2">
        <Small theme="light" shown={shown} />
        <Small theme="dark" shown={shown} />
      </div>
    </div>
  );
}

function Small({ theme, shown }: { theme: "light" | "dark"; shown: Shown }) {
  const { language } = useSettingsWords();
  const own = lookWords[language];
  const ground = GROUNDS[theme];
  const tone = shown.accent ? tonesOf(shown.accent)[theme] : { fill: ground.own[0], ink: ground.own[1] };
  const ratio = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const isChanged = shown.accent !== null && tone.fill !== shown.accent;
  return (
    <figure className="min-w-0 space-y-1.5" data-preview={theme} data-fill={tone.fill}>
      <div
        aria-hidden="true"
        className="overflow-hidden rounded-2xl border border-line-strong text-sm"
        style={{ background: ground.canvas, color: ground.ink }}
      >
        <div className="flex items-center gap-2 px-3 py-2.5" style={{ background: ground.surface }}>
          {shown.logo && <img src={shown.logo} alt="" className="size-7 rounded-md" />}
          <span className="min-w-0 truncate font-semibold">{shown.name}</span>
        </div>
        <div className="space-y-2 p-3">
          {shown.greeting && (
            <p className="text-xs [overflow-wrap:anywhere]" style={{ color: ground.soft }}>
              {shown.greeting}
            </p>
          )}
          <p className="w-fit max-w-4/5 rounded-2xl px-3 py-2" style={{ background: ground.surface }}>
            {own.theirs}
          </p>
          <p
            className="ml-auto w-fit max-w-4/5 rounded-2xl px-3 py-2"
            style={{ background: tone.fill, color: tone.ink }}
          >
            {own.mine}
          </p>
          <p
            className="rounded-full py-2 text-center font-medium"
            style={{ background: tone.fill, color: tone.ink }}
          >
            {own.start}
          </p>
        </div>
      </div>
      <figcaption className="text-sm text-ink-faint">
        {own[theme]}. {own.contrast(ratio.format(contrast(tone.fill, tone.ink)))}.
        {isChanged && ` ${theme === "light" ? own.darker : own.lighter}`}
      </figcaption>
    </figure>
  );
}
