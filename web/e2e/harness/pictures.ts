import { crc32, deflateSync } from "node:zlib";

/** A PNG of these pixels. */
function png(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0, place = 0; y < height; y++) {
    place++;
    for (let x = 0; x < width; x++)
      for (const value of colour(x / width, y / height))
        rows[place++] = Math.max(0, Math.min(255, Math.round(value)));
  }
  const piece = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    piece("IHDR", head),
    piece("IDAT", deflateSync(rows, { level: 1 })),
    piece("IEND", Buffer.alloc(0)),
  ]);
}

/** Something like a landscape: a sky, a sun, hills. Each `mood` looks different. */
export function landscape(width: number, height: number, mood = 0): Buffer {
  const sky = [
    [250, 190, 120],
    [120, 180, 230],
    [240, 150, 170],
    [160, 200, 180],
  ][mood % 4] as number[];
  const hill = (x: number, far: number) =>
    0.5 +
    far * 0.13 +
    0.09 * Math.sin((x * 5 + mood * 2 + far * 2.3) * (1 + far * 0.4)) * Math.cos(x * 3 + far);
  return png(width, height, (x, y) => {
    const across = (x - 0.3 - 0.12 * (mood % 4)) * (width / height);
    if (Math.hypot(across, y - 0.3) < 0.09) return [255, 244, 214];
    for (let far = 3; far >= 0; far--) {
      if (y <= hill(x, far)) continue;
      const dark = 0.25 + far * 0.14;
      return far === 3 || y > hill(x, far)
        ? sky.map((value, channel) => value * (0.72 - dark * 0.5) + ([20, 46, 60][channel] ?? 0) * dark)
        : sky;
    }
    return sky.map((value) => value + (255 - value) * (1 - y) * 0.35);
  });
}
