import type { ReactNode } from "react";
import { api } from "../../api/client";
import { may } from "../../api/roles";
import type { Conversation, UserCard, UserDevice } from "../../api/types";
import { Avatar } from "../../ui/avatar";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { useWords } from "../../words/words";
import { Answers, PASSING_MS, useAnswer } from "../answer";
import { useInbox } from "../context";
import { Turn } from "../due/due";
import { userName } from "../people";
import { About, TheirHour } from "./about";
import { Block } from "./block";
import { Company } from "./company";
import { PushTest } from "./test";
import { personWords } from "./words";

/** As a dialog over the inbox, or as a column beside the conversation that stays there from one to the next. */
export type PersonPlace = "over" | "beside";

/** Asked for anew whenever one is shown. */
const cards = new Answers<UserCard>(0, 50);

/** Who writes in a conversation: what is known of them, on what they use the app, what else they wrote. */
export default function PersonCard({
  conversation,
  place,
  canBeBeside,
  onPlace,
  onGo,
  onClose,
}: {
  conversation: Conversation;
  place: PersonPlace;
  /** The window has room for the column. */
  canBeBeside: boolean;
  onPlace: (place: PersonPlace) => void;
  onGo: (conversation: string) => void;
  onClose: () => void;
}) {
  const { language } = useWords();
  const it = personWords[language];
  const person = (
    <Person
      key={conversation.id}
      conversation={conversation}
      place={place}
      onPlace={canBeBeside ? onPlace : undefined}
      onGo={onGo}
      onClose={onClose}
    />
  );
  if (place === "over") {
    return (
      <Dialog label={it.title} onClose={onClose} className="w-[min(30rem,calc(100vw-2rem))]">
        <div className="max-h-[inherit] overflow-y-auto p-5">{person}</div>
      </Dialog>
    );
  }
  return (
    // The styles of dialogs hold for it here, too.
    <div className="dialogue contents">
      <aside
        id="person"
        aria-label={it.title}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and its key leads to it
        tabIndex={0}
        className="min-h-0 overflow-y-auto px-4 py-5 outline-offset-[-2px]"
      >
        {person}
      </aside>
    </div>
  );
}

function Person({
  conversation,
  place,
  onPlace,
  onGo,
  onClose,
}: {
  conversation: Conversation;
  place: PersonPlace;
  onPlace: ((place: PersonPlace) => void) | undefined;
  onGo: (conversation: string) => void;
  onClose: () => void;
}) {
  const { words, language } = useWords();
  const it = personWords[language];
  const afterMs = place === "beside" ? PASSING_MS : 0;
  const { answer: card, isLost, again } = useAnswer(cards, conversation.id, api.userCard, afterMs);
  const name = userName(conversation, words.list.anonymous);
  const { user } = conversation;
  return (
    <div data-person={user.id}>
      <div className="flex items-start gap-3">
        <Avatar id={user.id} name={name} />
        <div className="min-w-0 flex-1">
          <h2 className="text-base font-semibold [overflow-wrap:anywhere]">
            <bdi>{name}</bdi>
          </h2>
          <p className="flex items-start gap-1.5 text-sm text-ink-faint">
            <Icon name={user.verified ? "shield" : "alert"} className={user.verified ? "text-accent" : ""} />
            {user.verified ? it.verified : it.unverified}
          </p>
        </div>
        {onPlace && place === "over" && (
          <Button size="icon" aria-label={it.beside} title={it.beside} onClick={() => onPlace("beside")}>
            <Icon name="column" />
          </Button>
        )}
        <Button size="icon" aria-label={words.keys.close} onClick={onClose}>
          <Icon name="close" />
        </Button>
      </div>
      <dl className="mt-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <Fact name={it.email} value={user.email} />
        <Fact name={it.externalId} value={user.external_id} />
        <Fact name={it.id} value={user.id} />
      </dl>
      <div aria-live={place === "over" ? "polite" : "off"}>
        {!card && !isLost && <p className="mt-4 text-sm text-ink-faint">{it.loading}</p>}
        {isLost && (
          <div className="mt-4 flex flex-wrap items-center gap-3 rounded-xl bg-danger-soft p-3 text-sm text-danger">
            <span className="min-w-0 flex-1">{it.failed}</span>
            <Button look="line" onClick={again}>
              {words.list.retry}
            </Button>
          </div>
        )}
        {card && (
          <>
            <TheirHour card={card} />
            <Since card={card} />
          </>
        )}
        <Turn conversation={conversation} />
        <Company conversation={conversation.id} afterMs={afterMs} />
        {card && (
          <>
            {card.blocked_at && <Block card={card} onChanged={again} />}
            <Known card={card} here={conversation.id} onGo={onGo} />
            {!card.blocked_at && <Block card={card} onChanged={again} />}
          </>
        )}
      </div>
    </div>
  );
}

function Fact({ name, value }: { name: string; value?: string | null | undefined }) {
  return (
    value && (
      <>
        <dt className="text-ink-faint">{name}</dt>
        <dd className="[overflow-wrap:anywhere]">
          <bdi>{value}</bdi>
        </dd>
      </>
    )
  );
}

/** Since when they are known, and what they last thought of a conversation. */
function Since({ card }: { card: UserCard }) {
  const { words, language, format } = useWords();
  const it = personWords[language];
  const now = new Date();
  return (
    <>
      <p className="mt-2 text-sm text-ink-faint">{it.since(format.day(new Date(card.since), now))}</p>
      {card.ratings.last && (
        <p className="mt-1 text-sm" data-rated={card.ratings.last.score}>
          {it.rated(
            words.part.score(card.ratings.last.score),
            format.day(new Date(card.ratings.last.at), now),
          )}
          {card.ratings.count > 1 && (
            <span className="text-ink-faint">
              {" "}
              {it.ratedOften(
                card.ratings.count,
                new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(
                  card.ratings.sum / card.ratings.count,
                ),
              )}
            </span>
          )}
        </p>
      )}
    </>
  );
}

function Known({ card, here, onGo }: { card: UserCard; here: string; onGo: (id: string) => void }) {
  const { language, format } = useWords();
  const it = personWords[language];
  const role = useInbox().me.role;
  const now = new Date();
  return (
    <>
      <About card={card} />
      <Part title={it.devices}>
        {card.devices.length === 0 && <p className="py-1 text-sm text-ink-faint">{it.noDevices}</p>}
        <ul className="divide-y divide-line">
          {card.devices.map((device) => (
            <Device key={device.id} device={device} />
          ))}
        </ul>
        {card.devices.length > 0 && may(role, "administer") && <PushTest card={card} />}
      </Part>
      <Part title={it.conversations}>
        <ul className="-mx-2">
          {card.conversations.map((one) => (
            <li key={one.id}>
              <button
                type="button"
                disabled={one.id === here}
                onClick={() => onGo(one.id)}
                className="flex min-h-9 w-full items-center gap-3 rounded-lg px-2 py-1.5 text-left text-sm enabled:hover:bg-hover"
              >
                <bdi className="min-w-0 flex-1 truncate font-medium">{one.title ?? it.untitled}</bdi>
                <span className="text-ink-faint">
                  {[
                    one.id === here ? it.here : one.state === "closed" ? it.closed : null,
                    format.short(new Date(one.active_at), now),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-5">
      <h3 className="mb-1 text-sm font-semibold">{title}</h3>
      {children}
    </section>
  );
}

const PLATFORMS = { ios: "iOS", android: "Android", other: "" } as const;

function Device({ device }: { device: UserDevice }) {
  const { language, format } = useWords();
  const it = personWords[language];
  const { push } = device;
  const facts = [
    device.app_version && it.version(device.app_version),
    device.locale,
    it.seen(format.short(new Date(device.seen_at), new Date())),
    device.signed_in ? null : it.signedOut,
  ];
  return (
    <li className="flex items-start gap-2.5 py-2 text-sm">
      <Icon name="phone" className="mt-0.5 text-ink-faint" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{[PLATFORMS[device.platform], ...facts].filter(Boolean).join(" · ")}</p>
        <p className="text-ink-faint">
          {push ? it.woken : it.notWoken}
          {push?.taken_by && ` ${it.mixedUp}`}
          {push && push.strikes > 0 && ` ${it.strikes(push.strikes)}`}
        </p>
      </div>
    </li>
  );
}
