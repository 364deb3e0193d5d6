import {
  type KeyboardEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import type { MapTiles } from "../api/types";
import { fromMiddle, useWheel } from "../ui/useWheel";
import { useWords } from "../words/words";
import type { Atlas } from "./atlas";
import { BAR, type Colours, coloursOf, DETAIL, drawMap } from "./draw";
import {
  between,
  type Camera,
  dragged,
  held,
  metresOf,
  nearer,
  openedAt,
  type Point,
  pointOf,
  type Scale,
  type Size,
  scaleOf,
  type Units,
} from "./mercator";
import { Tiles } from "./tiles";
import type { Place } from "./view";
import { mapWords } from "./words";

export interface SurfaceHandle {
  /** Nearer by so many levels; below 0: farther. */
  zoom: (levels: number) => void;
  back: () => void;
}

/** What the map can say of itself in words. */
export interface Said {
  scale: Scale;
  /** Nearer than the map that comes with the inbox knows anything. */
  isDeep: boolean;
  areTilesLost: boolean;
}

/** How near a map opens: the towns around, or the street. */
const USUAL = { atlas: 7, tiles: 16 };
/** How near one may go without tiles: the circle of a few metres is seen. */
const DEEPEST = 18;
/** Pixels that a key moves the map by. */
const STEP = 80;
/** Which way a key moves it. */
const MOVES: Record<string, readonly [dx: number, dy: number]> = {
  ArrowLeft: [STEP, 0],
  ArrowRight: [-STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
};
/** How much nearer a key goes. */
const LEVELS: Record<string, number> = { "+": 1, "=": 1, "-": -1 };
const GLIDE_MS = 200;

/** The map itself: wheel, pinch, drag, double click and keys. It is drawn when something changes and rests otherwise. */
export function Surface({
  ref,
  place,
  trail,
  atlas,
  tiles: host,
  units,
  name,
  hint,
  onSaid,
}: {
  ref: Ref<SurfaceHandle>;
  place: Place;
  trail: readonly Place[];
  atlas: Atlas | null;
  tiles: MapTiles | null;
  units: Units;
  name: string;
  /** The id of the words that say which keys there are. */
  hint: string;
  onSaid: (said: Said) => void;
}) {
  const { language } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const camera = useRef<Camera | null>(null);
  const size = useRef<Size>({ width: 0, height: 0 });
  const colours = useRef<Colours | null>(null);
  const frame = useRef(0);
  const glide = useRef(0);
  /** Where it glides to: the next key starts from there. */
  const aim = useRef<Camera | null>(null);
  const isFollowing = useRef(true);
  const hands = useRef(new Map<number, Point>());
  const [tiles, setTiles] = useState<Tiles | null>(null);
  const nameOf = useMemo(() => {
    const regions = new Intl.DisplayNames(language, { type: "region" });
    return (code: string) => regions.of(code) ?? "";
  }, [language]);
  const deepest = tiles?.deepest ?? DEEPEST;

  const draw = useRef(() => {});
  draw.current = () => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    const around = box.current;
    const { width, height } = size.current;
    if (!element || !context || !around || width === 0 || height === 0) return;
    const usual = tiles ? USUAL.tiles : USUAL.atlas;
    camera.current ??= openedAt(place, size.current, usual, deepest);
    colours.current ??= coloursOf(around);
    const dots = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(width * dots), Math.round(height * dots)];
    if (element.width !== across || element.height !== down) {
      element.width = across;
      element.height = down;
    }
    context.setTransform(dots, 0, 0, dots, 0, 0);
    const style = getComputedStyle(around);
    const font = { family: style.fontFamily, size: Number.parseFloat(style.fontSize) };
    const at = camera.current;
    drawMap(context, {
      camera: at,
      size: size.current,
      atlas,
      tiles,
      colours: colours.current,
      font,
      units,
      nameOf,
      place,
      trail,
    });
    tiles?.want(at, size.current);
    onSaid({
      scale: scaleOf(metresOf(at.zoom, at.y), BAR, units),
      isDeep: !tiles && at.zoom > DETAIL,
      areTilesLost: tiles?.isLost ?? false,
    });
  };
  const paint = useRef(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => draw.current());
  }).current;

  const put = (to: Camera) => {
    camera.current = held(to, size.current, deepest);
    paint();
  };
  const stop = () => {
    cancelAnimationFrame(glide.current);
    aim.current = null;
  };
  /** Goes there so that the eye can follow, or at once for whoever wants nothing to move. */
  const go = (to: Camera) => {
    stop();
    const from = camera.current;
    const target = held(to, size.current, deepest);
    if (!from || window.matchMedia("(prefers-reduced-motion: reduce)").matches) return put(target);
    aim.current = target;
    const begun = performance.now();
    const step = (now: number) => {
      const share = Math.min(1, Math.max(0, (now - begun) / GLIDE_MS));
      if (share === 1) {
        stop();
        return put(target);
      }
      put(between(from, target, 1 - (1 - share) ** 3));
      glide.current = requestAnimationFrame(step);
    };
    glide.current = requestAnimationFrame(step);
  };
  const zoom = (levels: number, at: Point = { x: 0, y: 0 }) => {
    const from = aim.current ?? camera.current;
    if (from) go(nearer(from, levels, size.current, deepest, at));
  };
  const pan = (dx: number, dy: number) => {
    isFollowing.current = false;
    const from = aim.current ?? camera.current;
    if (from) go(dragged(from, dx, dy));
  };
  const back = () => {
    isFollowing.current = true;
    go(openedAt(place, size.current, tiles ? USUAL.tiles : USUAL.atlas, deepest));
  };
  useImperativeHandle(ref, () => ({ zoom, back }));

  useEffect(() => {
    if (!host) return;
    const fetched = new Tiles(host, paint);
    setTiles(fetched);
    // How near it opens depends on what there is to see.
    camera.current = null;
    return () => {
      fetched.close();
      setTiles(null);
    };
  }, [host, paint]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      size.current = { width: element.clientWidth, height: element.clientHeight };
      if (camera.current) camera.current = held(camera.current, size.current, deepest);
      paint();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [deepest, paint]);
  // Another theme, by the system or by the page: a canvas keeps the colours it was drawn with.
  useEffect(() => {
    const again = () => {
      colours.current = null;
      paint();
    };
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", again);
    const page = new MutationObserver(again);
    page.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      system.removeEventListener("change", again);
      page.disconnect();
    };
  }, [paint]);
  // It moved: the map goes along until somebody looks elsewhere.
  const follow = useRef(() => {});
  follow.current = () => {
    if (!isFollowing.current || !camera.current) return paint();
    go({ ...pointOf(place), zoom: (aim.current ?? camera.current).zoom });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what moves
  useEffect(() => follow.current(), [place.latitude, place.longitude]);
  useEffect(paint);
  // The keys are the map's from the start.
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      cancelAnimationFrame(glide.current);
    },
    [],
  );

  const pointAt = (event: { clientX: number; clientY: number }) => fromMiddle(box.current, event);
  useWheel(box, (turned, isPinch, event) => {
    stop();
    const levels = -turned * (isPinch ? 0.01 : 0.004);
    if (camera.current) put(nearer(camera.current, levels, size.current, deepest, pointAt(event)));
  });

  /** One hand drags; two go nearer and farther, around what is between them. */
  const moveHand = (id: number, to: Point) => {
    const before = hands.current.get(id);
    if (!before || !camera.current) return;
    const [other] = [...hands.current].filter(([at]) => at !== id).map(([, at]) => at);
    hands.current.set(id, to);
    isFollowing.current = false;
    if (!other) return put(dragged(camera.current, to.x - before.x, to.y - before.y));
    const apart = (one: Point) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    const middle = { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 };
    const moved = dragged(camera.current, (to.x - before.x) / 2, (to.y - before.y) / 2);
    put(nearer(moved, Math.log2(apart(to) / apart(before)), size.current, deepest, middle));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    const levels = LEVELS[event.key];
    if (move) pan(...move);
    else if (levels) zoom(levels);
    else if (event.key === "0" || event.key === "Home") back();
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      role="application"
      aria-label={mapWords[language].area(name)}
      aria-describedby={hint}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys move it
      tabIndex={0}
      onKeyDown={onKeyDown}
      onDoubleClick={(event) => zoom(event.shiftKey ? -1 : 1, pointAt(event))}
      onPointerDown={(event) => {
        stop();
        hands.current.set(event.pointerId, pointAt(event));
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => moveHand(event.pointerId, pointAt(event))}
      onPointerUp={(event) => hands.current.delete(event.pointerId)}
      onPointerCancel={(event) => hands.current.delete(event.pointerId)}
      data-atlas={atlas ? "" : undefined}
      className="absolute inset-0 cursor-grab touch-none overflow-hidden bg-sea text-xs select-none focus-visible:rounded-none focus-visible:-outline-offset-2 active:cursor-grabbing"
    >
      <canvas ref={canvas} className="absolute inset-0 size-full" />
    </div>
  );
}
