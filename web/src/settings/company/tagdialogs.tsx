import { useState } from "react";
import { foldTag } from "../../sync/shelf";
import { Button } from "../../ui/button";
import { settingsApi, type TagUse } from "../api";
import { Ask } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { Deed } from "./deed";
import { Field, INPUT } from "./rulefields";
import { tagWords } from "./tagwords";

const BYTES = 48;
const bytesOf = (text: string) => new TextEncoder().encode(text).length;

interface Told {
  text: string;
  undo?: { from: string; to: string };
}
type Done = (told: Told, isAll: boolean) => void;

/** Gives a tag another name; where there is one of that name, the two can be merged. */
export function RenameTag({
  tag,
  tags,
  onDone,
  onMerge,
  onClose,
}: {
  tag: TagUse;
  tags: readonly TagUse[];
  onDone: Done;
  onMerge: (into: string) => void;
  onClose: () => void;
}) {
  const { language } = useSettingsWords();
  const own = tagWords[language];
  const [name, setName] = useState<string>(tag.name);
  const wanted = name.trim();
  const taken = tags.find((one) => foldTag(one.name) === foldTag(wanted) && one.name !== tag.name);
  const wrong = wanted === "" ? own.needName : bytesOf(wanted) > BYTES ? own.tooLong : null;
  return (
    <Ask
      title={own.renameOf(tag.name)}
      lead={own.renameLead(own.conversations(tag.conversations))}
      onClose={onClose}
    >
      <Deed
        busy={own.busy}
        action={own.save}
        look="solid"
        wrong={wrong}
        isOff={taken !== undefined}
        onDo={() => settingsApi.renameTag(tag.name, wanted)}
        onDone={({ done }) => {
          const undo = { from: tag.name, to: wanted };
          onDone({ text: own.renamed(tag.name, wanted), undo }, done);
        }}
        onClose={onClose}
      >
        <Field label={own.name}>
          {(id) => (
            <input
              id={id}
              name="tag"
              autoComplete="off"
              value={name}
              onChange={(event) => setName(event.target.value)}
              className={INPUT}
            />
          )}
        </Field>
        {taken && (
          <div role="status" className="flex flex-wrap items-center gap-3 text-sm text-ink-soft">
            <span className="min-w-0 flex-1">{own.taken(taken.name)}</span>
            <Button look="line" onClick={() => onMerge(taken.name)}>
              {own.mergeInstead}
            </Button>
          </div>
        )}
      </Deed>
    </Ask>
  );
}

/** Merges a tag into another one. */
export function MergeTag({
  tag,
  tags,
  first,
  onDone,
  onClose,
}: {
  tag: TagUse;
  tags: readonly TagUse[];
  /** The one that is chosen at first; empty: none. */
  first: string;
  onDone: Done;
  onClose: () => void;
}) {
  const { language } = useSettingsWords();
  const own = tagWords[language];
  const [into, setInto] = useState(first);
  const others = tags.filter((one) => one.name !== tag.name && !one.changing);
  return (
    <Ask
      title={own.mergeOf(tag.name)}
      lead={own.mergeLead(own.conversations(tag.conversations))}
      onClose={onClose}
    >
      <Deed
        busy={own.busy}
        action={own.merge}
        look="danger"
        wrong={into === "" ? own.choose : null}
        onDo={() => settingsApi.mergeTag(tag.name, into)}
        onDone={({ done }) => onDone({ text: own.merged(tag.name, into) }, done)}
        onClose={onClose}
      >
        <Field label={own.into}>
          {(id) => (
            <select
              id={id}
              name="into"
              value={into}
              onChange={(event) => setInto(event.target.value)}
              className={INPUT}
            >
              <option value="">{own.choose}</option>
              {others.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      </Deed>
    </Ask>
  );
}

/** Deletes a tag, once it was said what loses it; one that a rule asks for is not deleted. */
export function DeleteTag({ tag, onDone, onClose }: { tag: TagUse; onDone: Done; onClose: () => void }) {
  const { it, language } = useSettingsWords();
  const own = tagWords[language];
  const rules = tag.rules ?? [];
  if (rules.length > 0)
    return (
      <Ask title={own.deleteOf(tag.name)} lead={own.ruled(rules.join(", "))} onClose={onClose}>
        <div className="flex justify-end">
          <Button look="solid" size="normal" onClick={onClose}>
            {it.close}
          </Button>
        </div>
      </Ask>
    );
  const lead =
    tag.conversations === 0 ? own.deleteUnused : own.deleteLead(own.conversations(tag.conversations));
  return (
    <Ask title={own.deleteOf(tag.name)} lead={lead} onClose={onClose}>
      <Deed
        busy={own.busy}
        action={own.delete}
        look="danger"
        onDo={() => settingsApi.deleteTag(tag.name)}
        onDone={({ done }) => onDone({ text: own.deleted(tag.name) }, done)}
        onClose={onClose}
      >
        {tag.views > 0 && <p className="text-sm">{own.deleteViews(own.views(tag.views))}</p>}
      </Deed>
    </Ask>
  );
}
