import type { Message } from "../../api/types";
import { plainName } from "../../media/names";
import { isPicture } from "../../media/sizes";
import type { Messages } from "../../words/en";
import { plainOf } from "../../words/markup";

/** The last message in one line. */
export function previewOf(message: Message | null | undefined, words: Messages): string {
  if (!message) return words.list.noMessage;
  if (message.deleted_at) return words.thread.deleted;
  // What was said comes before what was attached to it.
  const said = message.parts.find((part) => part.type === "text");
  if (said) {
    const begin = said.text.slice(0, 2_000);
    return (message.author.kind === "user" ? begin : plainOf(begin)).slice(0, 200);
  }
  const files = message.parts.filter((part) => part.type === "attachment");
  const pictures = files.filter(isPicture).length;
  for (const part of message.parts) {
    switch (part.type) {
      case "attachment":
        if (pictures === files.length)
          return pictures === 1 ? words.photo.photo : words.photo.several(pictures);
        return plainName(part.name) || words.part.file;
      case "location":
        return part.label || words.part.place;
      case "live_location":
        return words.part.live;
      case "form":
        return part.title;
      case "choice":
        return part.label;
      case "answers":
        return part.fields.map((field) => field.value).join(" · ");
      case "quick_replies":
        return part.options.map((option) => option.label).join(" · ");
      case "system":
        return words.part.events[part.event] ?? words.part.event(part.event);
    }
  }
  return words.part.unknown;
}
