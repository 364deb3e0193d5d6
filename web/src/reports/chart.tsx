import { useId } from "react";

/** What is drawn beside each other at each place. */
export interface Series {
  name: string;
  /** One for each place; null: there is nothing to draw. */
  values: readonly (number | null)[];
}

const HEIGHT = 100;
/** Each place is so wide, with the room around it. */
const PLACE = 30;

/**
 * Columns, drawn by us. Series are told apart by how they are filled, not by a colour: whole, hatched, empty. What stands
 * around them is text of the page, so that it is as large as other text on every screen.
 */
export function Columns({
  label,
  places,
  series,
  format,
}: {
  /** What the chart says, for who does not see it. */
  label: string;
  /** What each place is. */
  places: readonly string[];
  series: readonly Series[];
  format: (value: number) => string;
}) {
  const hatch = useId();
  const most = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const width = (PLACE - 6) / series.length;
  const fills = ["var(--color-accent)", `url(#${hatch})`, "var(--color-raised)"];
  return (
    <figure className="px-4 pb-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 pb-1 text-xs text-ink-faint">
        <span className="numeric">{most > 0 ? format(most) : ""}</span>
        <ul className="flex flex-wrap gap-x-4">
          {series.length > 1 &&
            series.map(({ name }, place) => (
              <li key={name} className="flex items-center gap-1.5">
                <svg aria-hidden="true" viewBox="0 0 12 12" className="size-3">
                  <rect
                    x="0.5"
                    y="0.5"
                    width="11"
                    height="11"
                    fill={fills[place]}
                    stroke="var(--color-accent)"
                  />
                </svg>
                {name}
              </li>
            ))}
        </ul>
      </div>
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${PLACE * Math.max(places.length, 1)} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="block h-32 w-full border-b border-line-strong"
      >
        <defs>
          <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse">
            <rect width="5" height="5" fill="var(--color-raised)" />
            <path d="M0 2.5h5" stroke="var(--color-accent)" strokeWidth="2" />
          </pattern>
        </defs>
        {series.map(({ name, values }, at) =>
          values.map((value, place) => {
            if (!value) return null;
            const height = (value / most) * (HEIGHT - 2);
            return (
              <rect
                key={`${name} ${places[place]}`}
                x={place * PLACE + 3 + at * width}
                y={HEIGHT - height}
                width={width * 0.88}
                height={height}
                fill={fills[at]}
                stroke="var(--color-accent)"
                strokeWidth="1"
                vectorEffect="non-scaling-stroke"
              >
                <title>{`${places[place]}: ${name}, ${format(value)}`}</title>
              </rect>
            );
          }),
        )}
      </svg>
      <figcaption className="flex justify-between gap-4 pt-1 text-xs text-ink-faint">
        {places.length <= 7 ? (
          places.map((place) => (
            <span key={place} className="min-w-0 flex-1 text-center [overflow-wrap:anywhere]">
              {place}
            </span>
          ))
        ) : (
          <>
            <span>{places[0]}</span>
            <span>{places.at(-1)}</span>
          </>
        )}
      </figcaption>
    </figure>
  );
}
