import { type RefObject, useEffect, useRef } from "react";

/** Where something happened on an element, in pixels from its middle. */
export function fromMiddle(element: Element | null, event: { clientX: number; clientY: number }) {
  const bounds = element?.getBoundingClientRect();
  if (!bounds) return { x: 0, y: 0 };
  return {
    x: event.clientX - bounds.left - bounds.width / 2,
    y: event.clientY - bounds.top - bounds.height / 2,
  };
}

/** Turns of the wheel over an element, in pixels, and whether fingers pinch. The page itself neither moves nor grows by them. */
export function useWheel(
  box: RefObject<Element | null>,
  onWheel: (turned: number, isPinch: boolean, event: WheelEvent) => void,
): void {
  const latest = useRef(onWheel);
  latest.current = onWheel;
  useEffect(() => {
    const element = box.current;
    const listen = (event: Event) => {
      if (!(event instanceof WheelEvent)) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      latest.current(event.deltaY * lines, event.ctrlKey, event);
    };
    // React listens passively, and the browser would make the whole page larger.
    element?.addEventListener("wheel", listen, { passive: false });
    return () => element?.removeEventListener("wheel", listen);
  }, [box]);
}
