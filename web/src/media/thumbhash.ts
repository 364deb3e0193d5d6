// Reads a ThumbHash (evanw.github.io/thumbhash): some twenty bytes that hold the lowest frequencies of a picture, enough
// for its colours to stand there before anything of it was fetched.

export interface Pixels {
  width: number;
  height: number;
  /** Red, green, blue, opacity of each pixel, from the upper left. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** The longer edge of what is made of it: it is stretched and soft anyway. */
const EDGE = 32;

/** How far a wave of a channel goes, by its number across and down. */
interface Wave {
  across: number;
  down: number;
  strength: number;
}

interface Channel {
  mean: number;
  waves: readonly Wave[];
}

/** `null` for what is no ThumbHash: a server of a later version, or somebody's joke. */
export function readThumbhash(base64: string): Pixels | null {
  const bytes = bytesOf(base64);
  if (!bytes || bytes.length < 5) return null;
  const byte = (place: number) => bytes[place] ?? 0;
  const low = byte(0) | (byte(1) << 8) | (byte(2) << 16);
  const high = byte(3) | (byte(4) << 8);
  const hasOpacity = low >> 23 === 1;
  const isLandscape = high >> 15 === 1;
  const long = hasOpacity ? 5 : 7;
  const short = high & 7;
  const across = Math.max(3, isLandscape ? long : short);
  const down = Math.max(3, isLandscape ? short : long);

  let nibble = (hasOpacity ? 6 : 5) * 2;
  const channel = (mean: number, nx: number, ny: number, scale: number): Channel => {
    const waves: Wave[] = [];
    for (let y = 0; y < ny; y++)
      for (let x = y === 0 ? 1 : 0; x * ny < nx * (ny - y); x++, nibble++) {
        const value = (byte(nibble >> 1) >> ((nibble & 1) * 4)) & 15;
        waves.push({ across: x, down: y, strength: (value / 7.5 - 1) * scale });
      }
    return { mean, waves };
  };
  const light = channel((low & 63) / 63, across, down, ((low >> 18) & 31) / 31);
  const yellowBlue = channel(((low >> 6) & 63) / 31.5 - 1, 3, 3, (((high >> 3) & 63) / 63) * 1.25);
  const redGreen = channel(((low >> 12) & 63) / 31.5 - 1, 3, 3, (((high >> 9) & 63) / 63) * 1.25);
  const opacity = hasOpacity ? channel((byte(5) & 15) / 15, 5, 5, (byte(5) >> 4) / 15) : null;
  return paint(across / down, light, yellowBlue, redGreen, opacity);
}

function paint(
  ratio: number,
  light: Channel,
  yellowBlue: Channel,
  redGreen: Channel,
  opacity: Channel | null,
): Pixels {
  const width = Math.round(ratio > 1 ? EDGE : EDGE * ratio);
  const height = Math.round(ratio > 1 ? EDGE / ratio : EDGE);
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, place = 0; y < height; y++)
    for (let x = 0; x < width; x++, place += 4) {
      const at = (channel: Channel) => valueAt(channel, (x + 0.5) / width, (y + 0.5) / height);
      const l = at(light);
      const p = at(yellowBlue);
      const q = at(redGreen);
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      rgba[place] = red * 255;
      rgba[place + 1] = (red - q) * 255;
      rgba[place + 2] = blue * 255;
      rgba[place + 3] = (opacity ? at(opacity) : 1) * 255;
    }
  return { width, height, rgba };
}

/** The inverse cosine transform at one point, each coordinate from 0 to 1. */
function valueAt({ mean, waves }: Channel, x: number, y: number): number {
  let value = mean;
  for (const { across, down, strength } of waves) {
    value += strength * Math.cos(Math.PI * x * across) * Math.cos(Math.PI * y * down) * 2;
  }
  return value;
}

function bytesOf(base64: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
