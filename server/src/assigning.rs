//! Who gets a conversation that nobody has: what the rules of the company decide, and doing it.

use tidings_protocol::assigning::{Receiver, Rule, Within};
use tidings_protocol::id::{AgentId, ConversationId};
use tidings_protocol::text::{Name, Tag};
use tidings_protocol::time::Timestamp;
use tidings_store::assigning::{AssignByRule, Candidate, Case};
use tidings_store::tags::fold;
use tidings_store::{Db, Result};

use crate::hours::Hours;

/// What the rules decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The rule that did.
    pub rule: Name,
    /// Who might get it, whoever should first; empty: it stays with the team.
    pub agents: Vec<AgentId>,
}

/// Tries rules one after the other: the first that fits and finds somebody, or is for nobody, decides.
pub fn decide(rules: &[Rule], case: &Case, candidates: &[Candidate], at: Timestamp) -> Option<Decided> {
    rules.iter().filter(|rule| fits(rule, case, at)).find_map(|rule| {
        let agents = match &rule.to {
            Receiver::Nobody {} => Vec::new(),
            Receiver::Agent { skill, speaks } => {
                let language = case.language.as_deref().filter(|_| *speaks);
                let agents = in_turn(case.id, candidates, skill.as_ref(), language);
                if agents.is_empty() {
                    return None;
                }
                agents
            }
        };
        Some(Decided { rule: rule.name.clone(), agents })
    })
}

fn fits(rule: &Rule, case: &Case, at: Timestamp) -> bool {
    let of_app = rule.apps.is_empty() || rule.apps.contains(&case.app_id);
    let speaks = |wanted: &[_]| match &case.language {
        Some(language) => is_spoken(wanted, language),
        None => false,
    };
    let in_language = rule.languages.is_empty() || speaks(&rule.languages);
    let tagged = |tag: &Tag| case.tags.iter().any(|own| is_same(own, tag));
    let with_tag = rule.tags.is_empty() || rule.tags.iter().any(tagged);
    of_app && in_language && with_tag && rule.hours.is_none_or(|hours| hours == within(case, at))
}

/// A team without hours, or with some that this program cannot read, answers at all times.
fn within(case: &Case, at: Timestamp) -> Within {
    let hours = case.hours.as_ref().and_then(|hours| Hours::new(hours).ok());
    if hours.and_then(|hours| hours.back_at(at)).is_none() { Within::Open } else { Within::Closed }
}

/// Those who can take it: who has the fewest comes first. Of those who have as many, each conversation has another first, so
/// that not the same agent gets all that comes while nobody has anything.
fn in_turn(
    id: ConversationId,
    candidates: &[Candidate],
    skill: Option<&Tag>,
    language: Option<&str>,
) -> Vec<AgentId> {
    let can = |candidate: &&Candidate| {
        let talents = &candidate.talents;
        candidate.takes_more()
            && skill.is_none_or(|skill| talents.skills.iter().any(|own| is_same(own, skill)))
            && language.is_none_or(|language| is_spoken(&talents.languages, language))
    };
    let lot = |agent: AgentId| id.uuid().as_u64_pair().1 ^ agent.uuid().as_u64_pair().1;
    let mut able: Vec<_> = candidates.iter().filter(can).collect();
    able.sort_by_key(|candidate| (candidate.load, lot(candidate.agent_id)));
    able.into_iter().map(|candidate| candidate.agent_id).collect()
}

fn is_same(one: &Tag, other: &Tag) -> bool {
    fold(one) == fold(other)
}

/// Whether a language is one of some: `fr` stands for `fr-CH`, too, and not the other way round.
fn is_spoken(languages: &[tidings_protocol::saved_replies::Language], language: &str) -> bool {
    let plain = |text: &str| text.replace('_', "-").to_lowercase();
    let language = plain(language);
    languages.iter().any(|one| {
        let rest = language.strip_prefix(&plain(one));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// Assigns a conversation that nobody has as the rules of its company say. Done once more, there is nothing left to do.
pub async fn assign(db: &Db, id: ConversationId, now: Timestamp) -> Result<()> {
    assign_by(db, id, now, |_| true).await
}

/// The same, by the rules for outside of the hours alone: when these end, one for all times would give what waits to another
/// who has just gone home.
pub async fn assign_outside_of_hours(db: &Db, id: ConversationId, now: Timestamp) -> Result<()> {
    assign_by(db, id, now, |rule| rule.hours == Some(Within::Closed)).await
}

async fn assign_by(db: &Db, id: ConversationId, now: Timestamp, counts: fn(&Rule) -> bool) -> Result<()> {
    let Some(mut routing) = db.routing(id, now).await? else { return Ok(()) };
    let mut rules = Vec::from(std::mem::take(&mut routing.rules.rules));
    rules.retain(counts);
    let decided = decide(&rules, &routing.case, &routing.candidates, now);
    let Some(Decided { rule, agents }) = decided else { return Ok(()) };
    for agent_id in agents {
        let assign = AssignByRule { conversation_id: id, agent_id, rule: rule.clone(), now };
        // Between reading and writing somebody may have gone away, or have got enough.
        if db.write(assign).await? {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidings_protocol::assigning::{AssignmentRules, Talents};
    use tidings_protocol::id::{AppId, TeamId};

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_unix_ms(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn agent(number: u8) -> AgentId {
        AgentId::from_parts(number.into(), [number; 10])
    }

    fn candidate(number: u8, load: i64, talents: Value) -> Candidate {
        let talents: Talents = serde_json::from_value(talents).unwrap();
        Candidate { agent_id: agent(number), talents, load, is_away: false }
    }

    fn case() -> Case {
        let week = json!([{ "day": "friday", "from": "09:00", "until": "17:00" }]);
        let hours = json!({ "time_zone": "Europe/Paris", "week": week });
        Case {
            id: ConversationId::from_parts(1, [9; 10]),
            app_id: AppId::from_parts(1, [1; 10]),
            team_id: TeamId::from_parts(1, [2; 10]),
            opened_at: at("2026-11-20T10:00:00Z"),
            user_name: None,
            language: Some("fr_CH".to_owned()),
            tags: vec!["Refund".try_into().unwrap()],
            hours: Some(serde_json::from_value(hours).unwrap()),
        }
    }

    /// What rules decide on a Friday at ten, by the name of the rule and the numbers of the agents.
    fn decided(rules: &Value, candidates: &[Candidate]) -> Option<(String, Vec<AgentId>)> {
        let rules: AssignmentRules = serde_json::from_value(json!({ "rules": rules })).unwrap();
        let decided = decide(&rules.rules, &case(), candidates, at("2026-11-20T10:00:00Z"))?;
        Some((decided.rule.to_string(), decided.agents))
    }

    #[test]
    fn each_condition_of_a_rule_must_hold() {
        let anybody = [candidate(1, 0, json!({}))];
        let other_app = AppId::from_parts(1, [7; 10]);
        let table = [
            (json!({}), true),
            (json!({ "apps": [case().app_id] }), true),
            (json!({ "apps": [other_app] }), false),
            (json!({ "apps": [other_app, case().app_id] }), true),
            (json!({ "languages": ["fr"] }), true),
            (json!({ "languages": ["FR-ch"] }), true),
            (json!({ "languages": ["f"] }), false),
            (json!({ "languages": ["de", "fr-FR"] }), false),
            (json!({ "tags": ["refund"] }), true),
            (json!({ "tags": ["vip"] }), false),
            (json!({ "hours": "open" }), true),
            (json!({ "hours": "closed" }), false),
            (json!({ "languages": ["fr"], "tags": ["vip"] }), false),
        ];
        for (mut rule, fits) in table {
            rule["name"] = json!("a rule");
            rule["to"] = json!({ "kind": "agent" });
            assert_eq!(decided(&json!([rule]), &anybody).is_some(), fits, "{rule}");
        }
    }

    #[test]
    fn the_first_rule_that_finds_somebody_decides_and_one_for_nobody_ends_it() {
        let rule = |name: &str, to: Value| json!({ "name": name, "to": to });
        let skilled = rule("skilled", json!({ "kind": "agent", "skill": "billing" }));
        let any = rule("any", json!({ "kind": "agent" }));
        let nobody = rule("nobody", json!({ "kind": "nobody" }));
        let plain = [candidate(1, 0, json!({}))];
        let rules = json!([skilled, any]);
        assert_eq!(decided(&rules, &plain), Some(("any".to_owned(), vec![agent(1)])));
        let able = [candidate(1, 0, json!({})), candidate(2, 9, json!({ "skills": ["Billing"] }))];
        assert_eq!(decided(&rules, &able), Some(("skilled".to_owned(), vec![agent(2)])));
        let rules = json!([skilled, nobody, any]);
        assert_eq!(decided(&rules, &plain), Some(("nobody".to_owned(), vec![])));
        assert_eq!(decided(&json!([skilled]), &plain), None);
    }

    #[test]
    fn who_has_fewest_comes_first_and_who_is_away_has_enough_or_does_not_speak_it_does_not_come() {
        let candidates = [
            candidate(1, 3, json!({ "languages": ["fr"], "at_most": 4 })),
            candidate(2, 1, json!({ "languages": ["fr-CH"] })),
            candidate(3, 0, json!({ "languages": ["de"] })),
            candidate(4, 2, json!({ "languages": ["fr"], "at_most": 2 })),
            candidate(5, 0, json!({ "languages": ["fr"], "at_most": 0 })),
            Candidate { is_away: true, ..candidate(6, 0, json!({ "languages": ["fr"] })) },
        ];
        let rules = json!([{ "name": "who speaks it", "to": { "kind": "agent", "speaks": true } }]);
        assert_eq!(decided(&rules, &candidates).unwrap().1, [agent(2), agent(1)]);
    }

    #[test]
    fn equal_ones_take_turns() {
        let rules: AssignmentRules =
            serde_json::from_value(json!({ "rules": [{ "name": "any", "to": { "kind": "agent" } }] }))
                .unwrap();
        let candidates: Vec<_> = (1..=3).map(|number| candidate(number, 0, json!({}))).collect();
        let mut first = [0; 3];
        for number in 0..=255_u8 {
            let id = ConversationId::from_parts(1, [number.reverse_bits(); 10]);
            let decided =
                decide(&rules.rules, &Case { id, ..case() }, &candidates, case().opened_at).unwrap();
            let place = candidates.iter().position(|one| one.agent_id == decided.agents[0]).unwrap();
            first[place] += 1;
        }
        assert!(first.iter().all(|times| *times > 50), "{first:?}");
    }
}
