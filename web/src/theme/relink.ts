/** When styles that could not be fetched are asked for again, unless the connection comes back earlier. */
const AGAIN_MS = 5_000;

/**
 * Fetches styles again that did not come: the browser tries once, and whoever imports their script later is told that they
 * are there. Without this, who lost the connection in the first second of a first visit has dialogs without their looks.
 */
export function fetchLostStylesAgain(): void {
  const onError = ({ target }: Event) => {
    if (!(target instanceof HTMLLinkElement) || target.rel !== "stylesheet") return;
    const again = () => {
      clearTimeout(timer);
      window.removeEventListener("online", again);
      target.replaceWith(target.cloneNode());
    };
    const timer = setTimeout(again, AGAIN_MS);
    window.addEventListener("online", again);
  };
  // What an element cannot fetch does not bubble.
  window.addEventListener("error", onError, true);
}
