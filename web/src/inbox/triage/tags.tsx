import { useState } from "react";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { fold } from "../../words/fold";
import { useWords } from "../../words/words";
import { useTags } from "../tags";
import type { TriageProps } from "./dialog";
import { type Choice, Picker } from "./picker";
import { triageWords } from "./words";

const TAG_BYTES = 48;
const TAGS = 12;
const MAKE = "\u0000make";

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** Gives conversations tags and takes tags away; what nobody has used yet is made by writing it. */
export function TagsDialog({ conversation, onDecide, onClose }: TriageProps) {
  const { language } = useWords();
  const own = triageWords[language];
  const { answer: known, isLost } = useTags();
  const [filter, setFilter] = useState("");
  const had = conversation?.tags ?? [];
  const [chosen, setChosen] = useState<readonly string[]>(had);
  const team = conversation?.team_id;
  const offered = (known ?? []).filter((tag) => !team || tag.team_id === team).map(({ name }) => name);
  const has = (tag: string) => chosen.some((it) => fold(it) === fold(tag));
  const all = [...new Map([...had, ...offered, ...chosen].map((tag) => [fold(tag), tag])).values()];
  const wanted = filter.trim();
  const shown = all.filter((tag) => fold(tag).includes(fold(wanted)));
  const canMake =
    wanted !== "" && bytesOf(wanted) <= TAG_BYTES && !all.some((tag) => fold(tag) === fold(wanted));
  const choices: Choice[] = shown.map((tag) => ({
    id: tag,
    isOn: has(tag),
    label: <Line name={tag} isOn={has(tag)} on={own.on} />,
  }));
  if (canMake)
    choices.push({
      id: MAKE,
      isOn: false,
      label: <Line name={own.make(wanted)} isOn={false} on={own.on} isNew />,
    });
  const isFull = chosen.length >= TAGS;
  const toggle = (id: string) => {
    const tag = id === MAKE ? wanted : id;
    if (has(tag)) setChosen(chosen.filter((it) => fold(it) !== fold(tag)));
    else if (!isFull) setChosen([...chosen, tag]);
    setFilter("");
  };
  const finish = () => {
    const add = chosen.filter((tag) => !had.includes(tag));
    const remove = had.filter((tag) => !has(tag));
    if (add.length + remove.length > 0) onDecide({ kind: "tags", add, remove });
    else onClose();
  };
  return (
    <Picker
      title={own.tagsTitle}
      field={{ label: own.findTag, value: filter, onChange: setFilter }}
      choices={choices}
      empty={isLost ? own.tagsFailed : known ? own.noTags : ""}
      onPick={toggle}
      onFinish={finish}
      onClose={onClose}
    >
      <div className="flex items-center gap-3 border-t border-line px-4 py-3">
        <p role="status" className="min-w-0 flex-1 text-sm text-ink-faint">
          {isFull ? own.full : chosen.join(", ")}
        </p>
        <Button look="solid" size="normal" onClick={finish}>
          {own.done}
        </Button>
      </div>
    </Picker>
  );
}

function Line({ name, isOn, on, isNew }: { name: string; isOn: boolean; on: string; isNew?: boolean }) {
  return (
    <>
      <Icon name={isNew ? "plus" : "tag"} className="text-ink-faint" />
      <bdi className="min-w-0 flex-1 truncate font-medium">{name}</bdi>
      {isOn && (
        <>
          <Icon name="check" className="text-accent" />
          <span className="sr-only">{on}</span>
        </>
      )}
    </>
  );
}
