import type { Conversation } from "../../api/types";
import { useWords } from "../../words/words";
import { useMinute } from "../clock";
import { useExpected } from "./expected";
import { dueWords } from "./words";

/** Whether somebody waits for the team. */
const isOurTurn = ({ state, waiting_since }: Conversation): boolean =>
  state === "open" && Boolean(waiting_since);

/** In the header of a conversation: whose turn it is; by when an answer is due says so too, and takes its place. */
export function TurnLine({ conversation }: { conversation: Conversation }) {
  const { language } = useWords();
  const it = dueWords[language];
  const isOurs = isOurTurn(conversation);
  const dueAt = useExpected(conversation, isOurs)?.due_at;
  if (conversation.state !== "open") return null;
  return (
    <span className="shrink-0 whitespace-nowrap" data-turn-line={isOurs ? "ours" : "theirs"}>
      {dueAt ? <Due conversation={conversation} isShort /> : isOurs ? it.oursShort : it.theirsShort}
    </span>
  );
}

/** Below it: what the app tells the user of how soon an answer comes; nothing while that is nothing. */
export function ToldLine({ conversation }: { conversation: Conversation }) {
  const { language, format } = useWords();
  const it = dueWords[language];
  const now = new Date(useMinute());
  const expected = useExpected(conversation, conversation.state === "open");
  const { usually_within_s, back_at } = expected?.told ?? {};
  if (conversation.state !== "open" || !expected || (usually_within_s == null && back_at == null))
    return null;
  const told = `${it.told} ${toldOf(expected.told, it, format, now)}`;
  return (
    <p className="hidden truncate text-xs text-ink-faint pair:block" title={told} data-told-line>
      {told}
    </p>
  );
}

/** By when an answer is due; nothing while nobody waits or too little is known. `isShort`: beside the title, which keeps its room. */
function Due({ conversation, isShort = false }: { conversation: Conversation; isShort?: boolean }) {
  const { language, format } = useWords();
  const it = dueWords[language];
  const now = useMinute();
  const dueAt = useExpected(conversation, isOurTurn(conversation))?.due_at;
  if (!dueAt) return null;
  const at = new Date(dueAt);
  const isLate = at.getTime() < now;
  const time = format.when(at, new Date(now));
  const said = isLate ? it.late(time) : it.due(time);
  return (
    <span
      data-due={isLate ? "late" : "soon"}
      title={isShort ? `${said}. ${it.why}` : it.why}
      className={`shrink-0 whitespace-nowrap ${isLate ? "font-medium text-warn" : ""}`}
    >
      {!isShort ? said : isLate ? it.lateShort(time) : it.dueShort(time)}
    </span>
  );
}

/** Whose turn it is, by when an answer is due, and what the user is told of it: on the card of a person. */
export function Turn({ conversation }: { conversation: Conversation }) {
  const { language, format } = useWords();
  const it = dueWords[language];
  const now = new Date(useMinute());
  const expected = useExpected(conversation, true);
  const { waiting_since, state } = conversation;
  const told = expected && toldOf(expected.told, it, format, now);
  return (
    <section className="mt-5 text-sm" data-turn={isOurTurn(conversation) ? "ours" : "theirs"}>
      <h3 className="mb-1 font-semibold">{it.title}</h3>
      <p className="py-0.5">
        {isOurTurn(conversation) && waiting_since
          ? it.ours(format.when(new Date(waiting_since), now))
          : state === "open"
            ? it.theirs
            : it.over}
        {expected?.due_at && isOurTurn(conversation) && (
          <>
            {", "}
            <Due conversation={conversation} />
          </>
        )}
        .
      </p>
      {told && (
        <p className="py-0.5 text-ink-faint [overflow-wrap:anywhere]" data-told>
          {it.told} <bdi>{told}</bdi>
        </p>
      )}
    </section>
  );
}

type Told = NonNullable<ReturnType<typeof useExpected>>["told"];

function toldOf(
  { usually_within_s, back_at, names }: Told,
  it: (typeof dueWords)["en"],
  format: ReturnType<typeof useWords>["format"],
  now: Date,
): string {
  const parts = [
    back_at ? it.back(format.when(new Date(back_at), now)) : null,
    usually_within_s == null ? null : it.within(format.duration(roundedUp(usually_within_s))),
    names?.length ? it.names(names.join(", ")) : null,
  ].filter((part): part is string => part !== null);
  return parts.length > 0 ? `${parts.join(" · ")}.` : `${it.nothing}.`;
}

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;

/** To whole minutes, or to whole hours from one on: "within" must not promise less than it was. */
export function roundedUp(seconds: number): number {
  const step = seconds <= HOUR_S ? MINUTE_S : HOUR_S;
  return Math.max(1, Math.ceil(seconds / step)) * step * 1000;
}
