import type { Message, Note } from "../api/types";
import { previewOf } from "../inbox/list/preview";
import { userName } from "../inbox/people";
import type { Inbox } from "../sync/inbox";
import type { Messages } from "../words/en";
import { plainOf } from "../words/markup";
import { close, type Shown, show } from "./notifications";
import { Places } from "./places";
import { keepPush } from "./push";
import { type Telling, tellingOf, tellingOfMention, tells } from "./rules";
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
  /** Tells of something, if it is this tab that does. */
  const tell = async (telling: Telling, what: Shown) => {
    if (!telling.sound && !telling.desktop) return;
    const { open, onOpen } = screen();
    const { isLeader, isFront } = places;
    const isFrontElsewhere = await places.isFrontElsewhere();
    if (!tells({ isFront, isFrontElsewhere, isLeader, open }, what.conversation)) return;
    if (!(await places.claim(what.message))) return;
    if (telling.sound) playSound();
    if (telling.desktop) await show(what, onOpen);
  };
  const arrived = async (message: Message) => {
    const conversation = inbox.conversation(message.conversation_id);
    const wishes = wishesNow();
    if (!conversation || !wishes || conversation.unread === 0 || inbox.away.has(inbox.me.id)) return;
    const { words } = screen();
    const title = userName(conversation, words.list.anonymous);
    const what = {
      conversation: conversation.id,
      message: message.id,
      title,
      body: previewOf(message, words),
    };
    await tell(tellingOf(conversation, inbox.me.id, wishes, new Date()), what);
  };
  const mentioned = async (note: Note) => {
    const wishes = wishesNow();
    if (!wishes || inbox.away.has(inbox.me.id)) return;
    const title = screen().words.thread.mentionedBy(note.agent_name);
    const what = { conversation: note.conversation_id, message: note.id, title, body: plainOf(note.text) };
    await tell(tellingOfMention(wishes, new Date()), what);
  };
  const clicked = ({ data }: MessageEvent) => {
    if (data?.type === "open" && typeof data.conversation === "string") screen().onOpen(data.conversation);
  };

  void loadWishes();
  void keepPush(inbox.me.id, screen().words.language);
  look();
  badge();
  const ends = [
    inbox.onArrival((message) => void arrived(message)),
    inbox.onMention((note) => void mentioned(note)),
    inbox.listen("counts", badge),
  ];
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
