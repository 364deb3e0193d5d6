import type { Intent } from "../sync/intent";

/** Where the words of what the server refused stand now: where they were written, in the draft of a note, or either. */
export function leftOf(intent: Intent): "field" | "note" | "kept" | null {
  switch (intent.kind) {
    case "edit":
      return "field";
    case "giveBack":
      return "note";
    case "assign":
      return intent.words ? "note" : null;
    case "release":
      return intent.parts ? "kept" : null;
    default:
      return null;
  }
}
