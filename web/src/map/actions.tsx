import type { LocationPart } from "../api/types";
import { useWatched } from "../inbox/context";
import { Icon } from "../ui/icon";
import { useCopy } from "../ui/useCopy";
import { useWords } from "../words/words";
import { addressOf, coordinatesOf } from "./view";

/** Ways to take a place elsewhere: its coordinates, and the map that the operator chose. */
export function PlaceActions({ place }: { place: LocationPart }) {
  const { words } = useWords();
  const template = useWatched("people", (inbox) => inbox.mapAddress);
  const address = addressOf(template, place);
  return (
    <div className="-mx-1.5 flex flex-wrap gap-x-1">
      <Copy text={coordinatesOf(place)} />
      {address && (
        <a
          href={address}
          target="_blank"
          rel="noopener noreferrer"
          className="inline-flex min-h-7 items-center gap-1.5 rounded-md px-1.5 text-sm font-medium text-accent hover:bg-hover"
        >
          <Icon name="leave" size="small" />
          {words.map.open}
        </a>
      )}
    </div>
  );
}

function Copy({ text }: { text: string }) {
  const { words } = useWords();
  const [state, copy] = useCopy();
  return (
    <button
      type="button"
      onClick={() => copy(text)}
      className="inline-flex min-h-7 items-center gap-1.5 rounded-md px-1.5 text-sm font-medium text-accent hover:bg-hover"
    >
      <Icon name={state === "copied" ? "check" : "copy"} size="small" />
      <span aria-live="polite">
        {state === "copied" ? words.map.copied : state === "failed" ? words.map.notCopied : words.map.copy}
      </span>
    </button>
  );
}
