// How a large picture is looked at: how near, and which part of it. Distances are CSS pixels from the middle of the stage.

export interface Look {
  /** 1: the whole picture. */
  scale: number;
  x: number;
  y: number;
}

export interface Box {
  width: number;
  height: number;
}

export const WHOLE: Look = { scale: 1, x: 0, y: 0 };
export const NEAREST = 6;

/** Nearer or further, so that what is under `at` stays under it. `drawn` is the picture at scale 1, `stage` what it moves in. */
export function zoomed(
  look: Look,
  factor: number,
  at: { x: number; y: number },
  drawn: Box,
  stage: Box,
): Look {
  const scale = Math.min(NEAREST, Math.max(1, look.scale * factor));
  const ratio = scale / look.scale;
  const moved = { scale, x: at.x - (at.x - look.x) * ratio, y: at.y - (at.y - look.y) * ratio };
  return held(moved, drawn, stage);
}

export const panned = (look: Look, dx: number, dy: number, drawn: Box, stage: Box): Look =>
  held({ ...look, x: look.x + dx, y: look.y + dy }, drawn, stage);

/** A picture larger than the stage covers it; one that is smaller stands in its middle. */
function held(look: Look, drawn: Box, stage: Box): Look {
  const within = (at: number, size: number, room: number) => {
    const most = Math.max(0, (size * look.scale - room) / 2);
    return Math.min(most, Math.max(-most, at)) + 0;
  };
  return {
    scale: look.scale,
    x: within(look.x, drawn.width, stage.width),
    y: within(look.y, drawn.height, stage.height),
  };
}

/** How large a picture is drawn when all of it is shown; never larger than it is. */
export function fitted(picture: Box, stage: Box): Box {
  const scale = Math.min(1, stage.width / picture.width, stage.height / picture.height);
  return { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) };
}
