// A quiet sound of our own: two soft tones, made here and not fetched.

/** Not more often than this: a flood of messages must not be a flood of sound. */
const APART_MS = 3_000;
const LOUDNESS = 0.05;
/** Hertz, and seconds from the start. */
const TONES = [
  [659.3, 0],
  [880, 0.11],
] as const;
const RINGS_S = 0.5;

let context: AudioContext | null = null;
let playedAt = Number.NEGATIVE_INFINITY;

/** Browsers let nothing sound before somebody has touched the page. */
function contextNow(): AudioContext | null {
  if (!("AudioContext" in window)) return null;
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume().catch(() => {});
  return context;
}

export function playSound(): void {
  const now = performance.now();
  if (now - playedAt < APART_MS) return;
  const audio = contextNow();
  if (!audio) return;
  playedAt = now;
  for (const [hertz, after] of TONES) {
    const at = audio.currentTime + after;
    const tone = new OscillatorNode(audio, { type: "sine", frequency: hertz });
    const gain = new GainNode(audio, { gain: 0 });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + RINGS_S);
    tone.connect(gain).connect(audio.destination);
    tone.start(at);
    tone.stop(at + RINGS_S);
  }
}
