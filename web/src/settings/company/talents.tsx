import { useState } from "react";
import { Avatar } from "../../ui/avatar";
import { Button } from "../../ui/button";
import { type StaffMember, settingsApi } from "../api";
import { useAsk } from "../deeds";
import { useLoaded } from "../loaded";
import { Fault, faultOf, Said, Section, Shown } from "../parts";
import { useSettingsWords } from "../words/useSettingsWords";
import { talentsOf } from "./ruledraft";
import { Field, INPUT } from "./rulefields";
import { ruleWords } from "./rulewords";

/** What each agent who answers can, and how much they take. */
export function TalentList() {
  const { language } = useSettingsWords();
  const own = ruleWords[language];
  const [staff, again] = useLoaded(settingsApi.staff);
  return (
    <Section title={own.talents} lead={own.talentsLead}>
      <Shown state={staff} onAgain={() => void again()}>
        {({ agents }) =>
          agents
            .filter(({ role, disabled_at }) => !disabled_at && role !== "trainee" && role !== "viewer")
            .map((member) => <Member key={member.id} member={member} />)
        }
      </Shown>
    </Section>
  );
}

function Member({ member }: { member: StaffMember }) {
  const { it, language } = useSettingsWords();
  const own = ruleWords[language];
  const { talents } = member;
  const [skills, setSkills] = useState((talents?.skills ?? []).join(", "));
  const [languages, setLanguages] = useState((talents?.languages ?? []).join(", "));
  const [atMost, setAtMost] = useState(talents?.at_most == null ? "" : String(talents.at_most));
  const [fault, setFault] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const ask = useAsk();
  const save = async () => {
    if (!/^\d{0,5}$/.test(atMost.trim()) || Number(atMost) > 65_535) return setFault(own.number);
    const outcome = await ask(() => settingsApi.setTalents(member.id, talentsOf(skills, languages, atMost)));
    setFault(faultOf(outcome, it));
    setSaved(outcome.kind === "done");
  };
  const fields = [
    { name: "skills", label: own.skills, value: skills, set: setSkills, more: own.talentsMore },
    {
      name: "languages",
      label: own.speaksField,
      value: languages,
      set: setLanguages,
      more: own.speaksMore,
    },
    { name: "at_most", label: own.atMost, value: atMost, set: setAtMost, more: own.atMostMore },
  ];
  return (
    <form
      data-talents={member.email}
      aria-label={member.name}
      className="px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <p className="flex items-center gap-2.5 text-sm font-medium">
        <Avatar id={member.id} name={member.name} size="small" />
        <bdi>{member.name}</bdi>
      </p>
      <div className="mt-2 grid gap-3 pair:grid-cols-3">
        {fields.map(({ name, label, value, set, more }) => (
          <Field key={name} label={label} more={more}>
            {(id) => (
              <input
                id={id}
                name={name}
                aria-describedby={`${id}-more`}
                value={value}
                onChange={(event) => {
                  set(event.target.value);
                  setSaved(false);
                }}
                className={INPUT}
              />
            )}
          </Field>
        ))}
      </div>
      <div className="mt-3 flex flex-wrap items-center gap-3">
        <Button type="submit" look="line" aria-label={own.of(own.save, member.name)}>
          {own.save}
        </Button>
        <Fault text={fault} />
        <Said text={isSaved ? own.saved : null} />
      </div>
    </form>
  );
}
