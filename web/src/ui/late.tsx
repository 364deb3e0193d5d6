import { type ComponentType, useEffect, useState } from "react";

type Script<P> = () => Promise<{ default: ComponentType<P> }>;

/** Something whose script is fetched when it is shown: nobody waits for it at the start. `script` is one function for ever. */
export function LatePage<P extends object>({
  script,
  props,
  onLost,
}: {
  script: Script<P>;
  props: P;
  /** It cannot be fetched: without a connection, on the very first visit. */
  onLost: () => void;
}) {
  const [Shown, setShown] = useState<ComponentType<P> | null>(null);
  useEffect(() => {
    if (!Shown) script().then((it) => setShown(() => it.default), onLost);
  }, [Shown, script, onLost]);
  return Shown && <Shown {...props} />;
}

/** A panel that closes again where it cannot be fetched. */
export function Late<P extends { onClose: () => void }>({ panel, props }: { panel: Script<P>; props: P }) {
  return <LatePage script={panel} props={props} onLost={props.onClose} />;
}
