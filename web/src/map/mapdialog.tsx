import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { LivePart, LocationPart } from "../api/types";
import { useMinute } from "../inbox/clock";
import { useWatched } from "../inbox/context";
import { plainName } from "../media/names";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Icon, type IconName } from "../ui/icon";
import { useWords } from "../words/words";
import { PlaceActions } from "./actions";
import { type Atlas, fetchAtlas, townNear } from "./atlas";
import { type Scale, unitsOf } from "./mercator";
import { shareOf } from "./share";
import { type Said, Surface, type SurfaceHandle } from "./surface";
import type { Place } from "./view";
import { mapWords } from "./words";

/** From so far on it is "from" a town, and no longer in it. */
const OUTSIDE_M = 3_000;

/** The interactive map: one place, how exact it is, what is around it, and where it moves. */
export default function MapDialog({
  part,
  trail,
  onClose,
}: {
  part: LocationPart | LivePart;
  trail: readonly Place[];
  onClose: () => void;
}) {
  const { words, format, language } = useWords();
  const it = mapWords[language];
  const tiles = useWatched("people", (inbox) => inbox.mapTiles);
  const surface = useRef<SurfaceHandle>(null);
  const hint = useId();
  const minute = useMinute();
  const { atlas, isLost, again } = useAtlas();
  const [said, setSaid] = useState<Said | null>(null);
  const { locale } = format;
  const share = useMemo(
    () => (part.type === "live_location" ? shareOf(part, Math.max(minute, Date.now()), words, format) : null),
    [part, minute, words, format],
  );
  const place = part.type === "location" ? part : (share?.place ?? null);
  const name = plainName(place?.label) || (share ? words.part.live : words.part.place);
  const near = useMemo(() => (atlas && place ? townNear(atlas, place) : null), [atlas, place]);
  const regions = useMemo(() => new Intl.DisplayNames(language, { type: "region" }), [language]);
  const country = near && near.code !== "--" ? (regions.of(near.code) ?? "") : "";
  const around =
    near &&
    (near.metres < OUTSIDE_M
      ? it.at(near.name, country)
      : it.near(farOf(near.metres, locale), near.name, country));
  // The last of the trail is where they are.
  const before = useMemo(() => (place ? trail.slice(0, -1) : []), [trail, place]);
  return (
    <Dialog
      label={it.title(name)}
      onClose={onClose}
      className="h-[min(46rem,calc(100dvh-2rem))]! max-h-none! w-[min(62rem,calc(100vw-2rem))]!"
    >
      <div data-map className="flex h-full flex-col overflow-y-auto">
        <header className="flex items-start gap-3 py-2.5 pr-2.5 pl-4">
          <div className="min-w-0 flex-1 pt-1">
            <h2 className="text-base font-semibold [overflow-wrap:anywhere]">
              <bdi>{name}</bdi>
            </h2>
            {share?.place && (
              <p className="text-sm text-ink-soft" data-share>
                {share.ends} · {share.seen}
              </p>
            )}
          </div>
          <Button size="icon" aria-label={it.close} title={it.close} onClick={onClose}>
            <Icon name="close" />
          </Button>
        </header>
        <div className="relative min-h-60 flex-1 border-y border-line">
          {place ? (
            <>
              <Surface
                ref={surface}
                place={place}
                trail={before}
                atlas={atlas}
                tiles={tiles}
                units={unitsOf(locale)}
                name={name}
                hint={hint}
                onSaid={(told) => setSaid((old) => (isSame(old, told) ? old : told))}
              />
              <div className="absolute top-3 right-3 flex flex-col gap-2">
                <OnMap icon="plus" label={it.closer} onClick={() => surface.current?.zoom(1)} />
                <OnMap icon="minus" label={it.farther} onClick={() => surface.current?.zoom(-1)} />
                <OnMap icon="pin" label={it.back} onClick={() => surface.current?.back()} />
              </div>
              <div className="pointer-events-none absolute inset-x-3 bottom-3 flex flex-wrap items-end gap-2">
                {said && <ScaleBar scale={said.scale} locale={locale} />}
                <p role="status" className="min-w-0">
                  {(said?.areTilesLost || said?.isDeep || (isLost && !tiles)) && (
                    <span className="inline-block rounded-md bg-raised px-2 py-1 text-xs text-ink shadow-raised">
                      {isLost && !tiles ? it.noMap : said?.areTilesLost ? it.tilesLost : it.deep}
                    </span>
                  )}
                </p>
                {isLost && !tiles && (
                  <Button look="line" className="pointer-events-auto" onClick={again}>
                    {it.again}
                  </Button>
                )}
              </div>
            </>
          ) : (
            // Nothing of where it was stays on the screen, not even what was around it.
            <p
              ref={focusOn}
              tabIndex={-1}
              role="status"
              className="absolute inset-0 grid place-items-center p-6 text-center text-sm text-ink-soft outline-none"
            >
              {share?.isOver ? it.over : words.map.liveNowhere}
            </p>
          )}
        </div>
        {place && (
          <div className="space-y-1.5 px-4 py-3">
            <p className="numeric text-sm" data-coordinates>
              {place.latitude.toFixed(5)}, {place.longitude.toFixed(5)}
              {place.accuracy_m != null && ` · ${words.part.accuracy(format.distance(place.accuracy_m))}`}
              {place.measured_at && ` · ${words.map.measured(format.full(new Date(place.measured_at)))}`}
            </p>
            {around && (
              <p className="text-sm text-ink-soft" data-near>
                {around}
              </p>
            )}
            {before.length > 0 && (
              <p className="text-xs text-ink-faint" data-trail>
                {it.steps(format.number(before.length))}
              </p>
            )}
            <PlaceActions place={place} />
            <p className="text-xs text-ink-faint" data-source>
              {tiles ? sourceOf(tiles, language) : it.offline}
            </p>
            <p id={hint} className="text-xs text-ink-faint">
              {it.hint}
            </p>
          </div>
        )}
      </div>
    </Dialog>
  );
}

const focusOn = (it: HTMLElement | null) => it?.focus();

/** A distance between towns, in whole kilometres or miles. */
function farOf(metres: number, locale: string): string {
  const [unit, length] = unitsOf(locale) === "metric" ? ["kilometer", 1_000] : ["mile", 1_609.344];
  const number = new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 0 } as const);
  return number.format(metres / length);
}

/** Whose map it is, and who learns what of it. */
function sourceOf({ address, credit }: { address: string; credit: string }, language: "en" | "fr"): string {
  const host = /^https?:\/\/([^/]+)/.exec(address)?.[1];
  const it = mapWords[language];
  return host ? it.tiles(credit, host) : it.ownTiles(credit);
}

function isSame(one: Said | null, other: Said): boolean {
  return (
    one !== null &&
    one.isDeep === other.isDeep &&
    one.areTilesLost === other.areTilesLost &&
    one.scale.value === other.scale.value &&
    one.scale.unit === other.scale.unit &&
    Math.round(one.scale.width) === Math.round(other.scale.width)
  );
}

/** The map of the inbox, as soon as it has come. */
function useAtlas() {
  const [state, setState] = useState<{ atlas: Atlas | null; isLost: boolean }>({
    atlas: null,
    isLost: false,
  });
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try asks again
  useEffect(() => {
    let isCurrent = true;
    void fetchAtlas().then((atlas) => isCurrent && setState({ atlas, isLost: atlas === null }));
    return () => {
      isCurrent = false;
    };
  }, [tries]);
  return { ...state, again: () => setTries((count) => count + 1) };
}

function OnMap({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="inline-flex size-9 items-center justify-center rounded-lg border border-line-strong bg-raised text-ink shadow-raised hover:bg-hover"
    >
      <Icon name={icon} />
    </button>
  );
}

function ScaleBar({ scale: { width, value, unit }, locale }: { scale: Scale; locale: string }) {
  const { language } = useWords();
  const length = new Intl.NumberFormat(locale, { style: "unit", unit }).format(value);
  return (
    <p
      className="numeric rounded-md bg-raised px-2 pt-0.5 pb-1.5 text-xs text-ink shadow-raised"
      data-scale={`${value} ${unit}`}
    >
      <span className="sr-only">{mapWords[language].scale(length)}</span>
      <span aria-hidden="true">{length}</span>
      <span aria-hidden="true" className="block h-1.5 border-x border-b border-ink" style={{ width }} />
    </p>
  );
}
