/** The part of a keyboard event that tells. */
type Stroke = Pick<KeyboardEvent, "isComposing" | "keyCode">;

/** Says of a key that an input method has had it. */
const PROCESSED = 229;

/**
 * Whether a key is for an input method that is writing signs from several strokes: Esc drops what it offers, and nothing
 * of ours. Safari ends the writing before it tells of the key: only its number says so then.
 */
export const isComposing = (event: Stroke): boolean => event.isComposing || event.keyCode === PROCESSED;
