import { useState } from "react";
import { Button } from "../../ui/button";
import { type SessionInfo, settingsApi } from "../api";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Row, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { namesOf } from "./agentname";

/** Written down every five minutes, so what is younger is now. */
const NOW_MS = 6 * 60_000;

/** The browsers in which the agent is signed in. */
export function Sessions() {
  const { it } = useSettingsWords();
  const [list, again] = useLoaded(settingsApi.sessions);
  const [fault, setFault] = useState<string | null>(null);
  const [isEnded, setEnded] = useState(false);
  const end = async (deed: ReturnType<typeof settingsApi.endSession>) => {
    const outcome = await deed;
    setFault(faultOf(outcome, it));
    setEnded(outcome.kind === "done");
    await again();
  };
  const others = list.name === "here" && list.value.sessions.some((session) => !session.is_this);
  return (
    <Section
      title={it.sessions.title}
      lead={it.sessions.lead}
      action={
        others && (
          <Button look="danger" onClick={() => void end(settingsApi.endOtherSessions())}>
            {it.sessions.endOthers}
          </Button>
        )
      }
    >
      {(fault || isEnded) && (
        <div className="p-3">
          <Fault text={fault} />
          {!fault && <Said text={it.sessions.ended} />}
        </div>
      )}
      <Shown state={list} onAgain={() => void again()}>
        {({ sessions }) => (
          <ul className="divide-y divide-line">
            {sessions.map((session) => (
              <Session
                key={session.id}
                session={session}
                onEnd={() => void end(settingsApi.endSession(session.id))}
              />
            ))}
          </ul>
        )}
      </Shown>
    </Section>
  );
}

function Session({ session, onEnd }: { session: SessionInfo; onEnd: () => void }) {
  const { it, format } = useSettingsWords();
  const names = namesOf(session.browser);
  const name = names ? it.sessions.on(names.browser, names.system) : it.sessions.unknown;
  const age = Date.now() - new Date(session.seen_at).getTime();
  const when = age < NOW_MS ? it.sessions.now : it.sessions.ago(format.duration(age));
  const used = session.address ? it.sessions.used(when, session.address) : it.sessions.usedOnly(when);
  const begun = it.sessions.begun(format.day(new Date(session.started_at), new Date()));
  return (
    <li data-session={session.is_this ? "this" : "other"}>
      <Row title={name} more={`${used} · ${begun}`}>
        {session.is_this ? (
          <span className="rounded-full bg-accent-soft px-2.5 py-1 text-xs font-medium text-accent">
            {it.sessions.here}
          </span>
        ) : (
          <Button look="line" aria-label={it.sessions.endOf(name)} onClick={onEnd}>
            {it.sessions.end}
          </Button>
        )}
      </Row>
    </li>
  );
}
