import type { Message } from "../api/types";
import { previewOf } from "../inbox/list/preview";
import { userName } from "../inbox/people";
import type { Inbox } from "../sync/inbox";
import type { Messages } from "../words/en";
import { close, show } from "./notifications";
import { Places } from "./places";
import { keepPush } from "./push";
import { tellingOf, tells } from "./rules";
import { playSound } from "./sound";
import { loadWishes, wishesNow } from "./wishes";

/** What the notifier has to know of the screen, which changes. */
export interface Screen {
  open: string | null;
  words: Messages;
  onOpen: (conversation: string) => void;
}

/** Tells the agent of what arrives, by the means that they chose. Ends with the function it answers. */
export function startNotifier(inbox: Inbox, screen: () => Screen): () => void {
  const places = new Places();
  const look = () => {
    const hasFocus = document.visibilityState === "visible" && document.hasFocus();
    places.look(hasFocus);
    inbox.look(hasFocus);
    if (!hasFocus) return;
    void loadWishes();
    const { open } = screen();
    if (open) void close(open);
  };
  const badge = () => {
    const { waiting } = inbox.counts();
    // Some browsers have it only for installed apps, and some not at all.
    if (waiting > 0) void navigator.setAppBadge?.(waiting).catch(() => {});
    else void navigator.clearAppBadge?.().catch(() => {});
  };
  const arrived = async (message: Message) => {
    const conversation = inbox.conversation(message.conversation_id);
    const wishes = wishesNow();
    if (!conversation || !wishes || conversation.unread === 0) return;
    const telling = tellingOf(conversation, inbox.me.id, wishes, new Date());
    if (!telling.sound && !telling.desktop) return;
    const { open, words, onOpen } = screen();
    const { isLeader, isFront } = places;
    const isFrontElsewhere = await places.isFrontElsewhere();
    if (!tells({ isFront, isFrontElsewhere, isLeader, open }, conversation.id)) return;
    if (!(await places.claim(message.id))) return;
    if (telling.sound) playSound();
    if (!telling.desktop) return;
    const title = userName(conversation, words.list.anonymous);
    const body = previewOf(message, words);
    await show({ conversation: conversation.id, message: message.id, title, body }, onOpen);
  };
  const clicked = ({ data }: MessageEvent) => {
    if (data?.type === "open" && typeof data.conversation === "string") screen().onOpen(data.conversation);
  };

  void loadWishes();
  void keepPush(inbox.me.id, screen().words.language);
  look();
  badge();
  const ends = [inbox.onArrival((message) => void arrived(message)), inbox.listen("counts", badge)];
  navigator.serviceWorker?.addEventListener("message", clicked);
  for (const event of ["focus", "blur"] as const) window.addEventListener(event, look);
  document.addEventListener("visibilitychange", look);
  return () => {
    for (const end of ends) end();
    navigator.serviceWorker?.removeEventListener("message", clicked);
    for (const event of ["focus", "blur"] as const) window.removeEventListener(event, look);
    document.removeEventListener("visibilitychange", look);
    places.look(false);
  };
}
