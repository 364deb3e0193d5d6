import { useEffect, useRef } from "react";
import { readThumbhash } from "./thumbhash";

/** The colours of a picture, soft, before any of it was fetched. */
export function Placeholder({ thumbhash, className = "" }: { thumbhash: string; className?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pixels = readThumbhash(thumbhash);
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || !pixels) return;
    canvas.current.width = pixels.width;
    canvas.current.height = pixels.height;
    context.putImageData(new ImageData(pixels.rgba, pixels.width, pixels.height), 0, 0);
  }, [thumbhash]);
  return <canvas ref={canvas} className={className} />;
}
