import { type ComponentType, useEffect, useState } from "react";

/**
 * A panel whose script is fetched when it is opened: nobody waits for it at the start. Where it cannot be fetched -
 * without a connection, on the very first visit - it closes again. `panel` is one function for ever.
 */
export function Late<P extends { onClose: () => void }>({
  panel,
  props,
}: {
  panel: () => Promise<{ default: ComponentType<P> }>;
  props: P;
}) {
  const [Shown, setShown] = useState<ComponentType<P> | null>(null);
  const { onClose } = props;
  useEffect(() => {
    if (!Shown) panel().then((it) => setShown(() => it.default), onClose);
  }, [Shown, panel, onClose]);
  return Shown && <Shown {...props} />;
}
