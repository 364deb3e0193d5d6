import { useEffect, useMemo, useState } from "react";
import type { LocationPart } from "../api/types";
import { plainName } from "../media/names";
import { Icon } from "../ui/icon";
import { useWords } from "../words/words";
import { PlaceActions } from "./actions";
import { type PlacePart, useMap } from "./host";
import { gridOf, isOnMap, landOf, type MapView, namesOf, viewOf } from "./view";
import { fetchWorld, type World, worldNow } from "./world";

/** The size of the still map, in CSS pixels. */
export const MAP = { width: 340, height: 176 };
/** The lens that shows how exact a place is: its radius, and that of the circle in it. */
const LENS = { radius: 34, circle: 20 };
/** From so many pixels on the circle can be seen on the map itself. */
const VISIBLE = 7;

/** A place as a card: where in the world, how exact, and ways to take it elsewhere. No map service hears of it. */
export function PlaceCard({
  place,
  of = place,
  note,
}: {
  place: LocationPart;
  /** The part that it is the place of, where that is another. */
  of?: PlacePart;
  note?: string;
}) {
  const { words, format } = useWords();
  const look = useMap();
  const label = plainName(place.label);
  const accuracy = place.accuracy_m == null ? null : words.part.accuracy(format.distance(place.accuracy_m));
  return (
    <div
      data-pictures
      data-place
      className="w-85 max-w-full overflow-hidden rounded-xl border border-line bg-raised"
    >
      <div className="relative">
        <StillMap place={place} name={label || words.part.place} />
        {look && isOnMap(place) && (
          <button
            type="button"
            aria-label={words.map.look(label || words.part.place)}
            title={words.map.look(label || words.part.place)}
            onClick={() => look(of)}
            className="absolute inset-0 size-full cursor-zoom-in rounded-t-xl focus-visible:-outline-offset-3"
          >
            <span className="absolute top-2 right-2 rounded-md bg-raised p-1 text-ink-soft shadow-raised">
              <Icon name="search" size="small" />
            </span>
          </button>
        )}
      </div>
      <div className="space-y-1.5 px-3 pt-2 pb-2">
        <div>
          <p className="truncate text-sm font-medium">
            <bdi>{label || words.part.place}</bdi>
          </p>
          {note && <p className="text-xs">{note}</p>}
          <p className="numeric text-xs text-ink-faint">
            {place.latitude.toFixed(5)}, {place.longitude.toFixed(5)}
            {accuracy && ` · ${accuracy}`}
            {place.measured_at &&
              ` · ${words.map.measured(format.short(new Date(place.measured_at), new Date()))}`}
          </p>
        </div>
        <PlaceActions place={place} />
      </div>
    </div>
  );
}

function StillMap({ place, name }: { place: LocationPart; name: string }) {
  const { words, format } = useWords();
  const [world, setWorld] = useState<World | null>(worldNow);
  useEffect(() => {
    let isCurrent = true;
    if (!world) void fetchWorld().then((fetched) => isCurrent && setWorld(fetched));
    return () => {
      isCurrent = false;
    };
  }, [world]);
  const view = useMemo(() => viewOf(place, MAP.width, MAP.height), [place]);
  const metres = place.accuracy_m ?? 0;
  const circle = metres / 1_000 / view.kmPerPixel;
  return (
    <svg
      viewBox={`0 0 ${MAP.width} ${MAP.height}`}
      role="img"
      aria-label={words.map.label(name)}
      data-world={world ? "" : undefined}
      className="block aspect-340/176 w-full bg-sea"
    >
      <path d={gridOf(view)} className="fill-none stroke-sea-line" strokeWidth="0.75" />
      {world && <Land world={world} view={view} />}
      {circle >= VISIBLE && (
        <circle
          cx={MAP.width / 2}
          cy={MAP.height / 2}
          r={circle}
          className="fill-accent/15 stroke-accent"
          strokeWidth="1.25"
        />
      )}
      <Pin />
      {metres > 0 && circle < VISIBLE && <Lens text={words.map.radius(format.distance(metres))} />}
    </svg>
  );
}

function Land({ world, view }: { world: World; view: MapView }) {
  const { language } = useWords();
  const land = useMemo(() => landOf(world, view), [world, view]);
  const names = useMemo(() => namesOf(world, view), [world, view]);
  const regions = useMemo(() => new Intl.DisplayNames(language, { type: "region" }), [language]);
  return (
    <>
      <path d={land} className="fill-land stroke-land-line" strokeWidth="0.75" strokeLinejoin="round" />
      {names.map(({ code, x, y }) => (
        <text key={code} x={x} y={y} textAnchor="middle" className="fill-ink-faint text-[10px] font-medium">
          {regions.of(code)}
        </text>
      ))}
    </>
  );
}

function Pin() {
  return (
    <g transform={`translate(${MAP.width / 2} ${MAP.height / 2})`}>
      <circle r="11" className="fill-accent/20" />
      <circle r="5.5" className="fill-accent stroke-raised" strokeWidth="2" />
    </g>
  );
}

/** Close by: the circle that the place lies in, with its radius. It has its own scale, so it says it. */
function Lens({ text }: { text: string }) {
  const [x, y] = [MAP.width - LENS.radius - 10, MAP.height - LENS.radius - 10];
  return (
    <g transform={`translate(${x} ${y})`}>
      <circle r={LENS.radius} className="fill-raised stroke-line-strong" strokeWidth="1" />
      <circle r={LENS.circle} cy="-5" className="fill-accent/15 stroke-accent" strokeWidth="1.25" />
      <circle r="3" cy="-5" className="fill-accent" />
      <path d={`M0 -5H${LENS.circle}`} className="stroke-accent" strokeWidth="1" />
      <text y="26" textAnchor="middle" className="numeric fill-ink-soft text-[10px] font-medium">
        {text}
      </text>
    </g>
  );
}
