import {
  type ComponentType,
  createContext,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useState,
} from "react";
import type { Message } from "../api/types";
import type { LightboxProps } from "./lightbox";
import { isPicture, type Picture } from "./sizes";

const Context = createContext<(id: string) => void>(() => {});

/** Opens a picture large, among those around it. */
export const useGallery = (): ((id: string) => void) => use(Context);

/** A picture with what is known of the message that it came in. */
export interface Hung {
  picture: Picture;
  message: Message;
}

let loaded: ComponentType<LightboxProps> | null = null;

/** All that is inside can open the pictures of these messages large; the script for it comes with the first. */
export function Gallery({
  messages,
  nameOf,
  children,
}: {
  messages: readonly Message[];
  nameOf: (message: Message) => string;
  children: ReactNode;
}) {
  const [shown, setShown] = useState<string | null>(null);
  const [Lightbox, setLightbox] = useState(() => loaded);
  const close = useCallback(() => setShown(null), []);
  useEffect(() => {
    if (shown === null || Lightbox) return;
    import("./lightbox").then((it) => {
      loaded = it.Lightbox;
      setLightbox(() => it.Lightbox);
    }, close);
  }, [shown, Lightbox, close]);
  const hung = shown === null ? [] : hang(messages);
  return (
    <Context value={setShown}>
      {children}
      {shown !== null && Lightbox && hung.some(({ picture }) => picture.attachment_id === shown) && (
        <Lightbox hung={hung} shown={shown} nameOf={nameOf} onShow={setShown} onClose={close} />
      )}
    </Context>
  );
}

/** Every picture of these messages, from the earliest. */
export function hang(messages: readonly Message[]): Hung[] {
  return messages.flatMap((message) =>
    message.deleted_at
      ? []
      : message.parts.flatMap((part) =>
          part.type === "attachment" && isPicture(part) ? [{ picture: part, message }] : [],
        ),
  );
}
