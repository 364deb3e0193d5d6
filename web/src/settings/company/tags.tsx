import { useEffect, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { fold } from "../../words/fold";
import { type StaffTeam, settingsApi, type TagUse } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Row, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { DeleteTag, MergeTag, RenameTag } from "./tagdialogs";
import { tagWords } from "./tagwords";

/** A field to find one is there from so many on. */
const MANY = 8;
/** How often a list is asked for while a tag in it is being changed. */
const LOOK_MS = 2_000;

/** What is asked of a tag; `into`: the one that was already looked for. */
type Asked = { kind: "rename" | "delete"; tag: TagUse } | { kind: "merge"; tag: TagUse; into?: string };
type Told = { text: string; undo?: { from: string; to: string } };

/** The tags of all teams: how often each is used, another name, another tag in its place, or none. */
export default function Tags() {
  const [list, again] = useLoaded(settingsApi.tags);
  const [staff] = useLoaded(settingsApi.staff);
  const teams = staff.name === "here" ? staff.value.teams : [];
  const isChanging = list.name === "here" && list.value.tags.some(({ changing }) => changing);
  useEffect(() => {
    if (!isChanging) return;
    const timer = setInterval(() => void again(), LOOK_MS);
    return () => clearInterval(timer);
  }, [isChanging, again]);
  return (
    <Shown state={list} onAgain={() => void again()}>
      {({ tags }) => <List tags={tags} teams={teams} onChanged={again} />}
    </Shown>
  );
}

function List({
  tags,
  teams,
  onChanged,
}: {
  tags: readonly TagUse[];
  teams: readonly StaffTeam[];
  onChanged: () => Promise<void>;
}) {
  const { it, language } = useSettingsWords();
  const own = tagWords[language];
  const [filter, setFilter] = useState("");
  const [asked, setAsked] = useState<Asked | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const ask = useAsk();
  const wanted = fold(filter.trim());
  const shown = tags.filter(({ name }) => fold(name).includes(wanted));
  const done = (said: Told, isAll: boolean) => {
    setAsked(null);
    setFault(null);
    setTold({ ...said, text: isAll ? said.text : `${said.text} ${own.goesOn}` });
    void onChanged();
  };
  const undo = async ({ from, to }: { from: string; to: string }) => {
    const outcome = await ask(() => settingsApi.renameTag(to, from));
    if (outcome.kind === "done") return done({ text: own.undone(from) }, outcome.value.done);
    const isBusy = outcome.kind === "lost" && outcome.retryAfterMs !== null;
    setFault(isBusy ? own.busy : faultOf(outcome, it));
  };
  return (
    <Section title={own.title} lead={own.lead}>
      {(told || fault) && (
        <div className="flex flex-wrap items-center gap-3 p-3">
          <div className="min-w-0 flex-1">
            {told && !fault && <Said text={told.text} />}
            <Fault text={fault} />
          </div>
          {told?.undo && (
            <Button look="line" data-undo-tag onClick={() => told.undo && void undo(told.undo)}>
              <Icon name="undo" />
              {own.undo}
            </Button>
          )}
        </div>
      )}
      {tags.length >= MANY && (
        <div className="p-4">
          <Field
            type="search"
            name="find"
            label={own.find}
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
          />
        </div>
      )}
      {tags.length === 0 && <p className="px-4 py-4 text-sm text-ink-faint">{own.none}</p>}
      {tags.length > 0 && shown.length === 0 && (
        <p className="px-4 py-4 text-sm text-ink-faint">{own.nothing}</p>
      )}
      {shown.map((tag) => (
        <OneTag key={tag.name} tag={tag} teams={teams} isAlone={tags.length < 2} onAsk={setAsked} />
      ))}
      {asked?.kind === "rename" && (
        <RenameTag
          tag={asked.tag}
          tags={tags}
          onDone={done}
          onMerge={(into) => setAsked({ kind: "merge", tag: asked.tag, into })}
          onClose={() => setAsked(null)}
        />
      )}
      {asked?.kind === "merge" && (
        <MergeTag
          tag={asked.tag}
          tags={tags}
          first={asked.into ?? ""}
          onDone={done}
          onClose={() => setAsked(null)}
        />
      )}
      {asked?.kind === "delete" && <DeleteTag tag={asked.tag} onDone={done} onClose={() => setAsked(null)} />}
    </Section>
  );
}

function OneTag({
  tag,
  teams,
  isAlone,
  onAsk,
}: {
  tag: TagUse;
  teams: readonly StaffTeam[];
  isAlone: boolean;
  onAsk: (asked: Asked) => void;
}) {
  const { language } = useSettingsWords();
  const own = tagWords[language];
  const { name } = tag;
  const rules = tag.rules ?? [];
  const ofTeams = teams.filter(({ id }) => tag.team_ids.includes(id)).map((team) => team.name);
  const more = [
    own.conversations(tag.conversations),
    teams.length > 1 && ofTeams.length > 0 && own.teams(ofTeams.join(", ")),
    tag.views > 0 && own.views(tag.views),
    rules.length > 0 && own.rules(rules.join(", ")),
  ];
  return (
    <div data-tag={name}>
      <Row
        title={
          <span className="flex items-center gap-2">
            <Icon name="tag" className="text-ink-faint" />
            <bdi className="min-w-0">{name}</bdi>
          </span>
        }
        more={tag.changing ? own.changing : more.filter(Boolean).join(" · ")}
      >
        {!tag.changing && (
          <>
            <Button
              look="line"
              aria-label={own.renameOf(name)}
              onClick={() => onAsk({ kind: "rename", tag })}
            >
              {own.rename}
            </Button>
            {!isAlone && (
              <Button
                look="line"
                aria-label={own.mergeOf(name)}
                onClick={() => onAsk({ kind: "merge", tag })}
              >
                {own.merge}
              </Button>
            )}
            <Button
              look="danger"
              aria-label={own.deleteOf(name)}
              onClick={() => onAsk({ kind: "delete", tag })}
            >
              {own.delete}
            </Button>
          </>
        )}
      </Row>
    </div>
  );
}
