//! Rules by which conversations come to agents, and what becomes of what is left behind.

use std::collections::HashMap;

use serde_json::{Value, json};
use tidings_protocol::assigning::AssignmentRules;
use tidings_protocol::conversation::{ConversationState, InboxConversation};
use tidings_protocol::drafts::DraftKind;
use tidings_protocol::id::{AgentId, ConversationId};
use tidings_store::Error;
use tidings_store::assigning::{AssignByRule, ReturnFromAway, SetAssignmentRules, SetTalents};
use tidings_store::conversations::{Assign, SetState};
use tidings_store::drafts::PutDraft;
use tidings_store::jobs::{ClaimJobs, JobPayload};

use crate::trial::{Trial, World, name};

pub(crate) fn rules(value: Value) -> AssignmentRules {
    serde_json::from_value(value).unwrap()
}

impl Trial {
    pub(crate) async fn set_rules(&self, w: &World, value: Value) {
        let set = SetAssignmentRules { workspace_id: w.workspace, rules: rules(value), by: self.by() };
        self.db.write(set).await.unwrap();
    }

    pub(crate) fn by_rule(&self, conversation_id: ConversationId, agent_id: AgentId) -> AssignByRule {
        AssignByRule { conversation_id, agent_id, rule: name("Refunds"), now: self.now() }
    }

    /// The conversations that jobs are to assign.
    async fn to_assign(&self) -> Vec<ConversationId> {
        let claim = ClaimJobs {
            limit: 100,
            of_one_app: 100,
            under_way: HashMap::new(),
            lease_ms: 86_400_000,
            now: self.now(),
        };
        let jobs = self.db.write(claim).await.unwrap();
        let found = jobs.iter().filter_map(|job| match job.payload {
            JobPayload::Assign { conversation_id, .. } => Some(conversation_id),
            _ => None,
        });
        found.collect()
    }

    async fn header(&self, w: &World, id: ConversationId) -> InboxConversation {
        self.db.team_conversation(w.ana, id).await.unwrap().unwrap()
    }
}

fn any() -> Value {
    json!({ "rules": [{ "name": "Refunds", "to": { "kind": "agent" } }], "return_after": 10 })
}

async fn close(t: &Trial, w: &World, id: ConversationId) {
    let state = ConversationState::Closed;
    t.db.write(SetState { actor: w.ana(), conversation_id: id, state, now: t.now() }).await.unwrap();
}

both! {
    async fn what_is_opened_is_looked_at_when_there_are_rules_and_what_is_reopened_when_nobody_has_it(t) {
        let w = t.world().await;
        let first = t.open_conversation(w.user).await.id;
        assert_eq!(t.to_assign().await, [], "there are no rules");
        t.set_rules(&w, any()).await;
        let second = t.open_conversation(w.user).await.id;
        assert_eq!(t.to_assign().await, [second]);
        t.send(second, w.user(), "hello").await;
        assert_eq!(t.to_assign().await, [], "once, and not with each message");
        t.db.write(Assign { actor: w.ana(), conversation_id: second, assignee: Some(w.ben), now: t.now() }).await.unwrap();
        for id in [first, second] {
            close(t, &w, id).await;
            t.send(id, w.user(), "one more thing").await;
        }
        assert_eq!(t.to_assign().await, [first], "the other one keeps its agent");
    }

    async fn rules_and_talents_are_kept_and_are_of_one_company(t) {
        let w = t.world().await;
        assert_eq!(t.db.assignment_rules(w.workspace).await.unwrap(), AssignmentRules::default());
        t.set_rules(&w, any()).await;
        assert_eq!(t.db.assignment_rules(w.workspace).await.unwrap(), rules(any()));
        assert_eq!(t.db.assignment_rules(t.id()).await.unwrap(), AssignmentRules::default());
        let talents = serde_json::from_value(json!({ "skills": ["billing"], "at_most": 3 })).unwrap();
        let set = SetTalents { workspace_id: w.workspace, agent_id: w.ana, talents, by: t.by() };
        t.db.write(set.clone()).await.unwrap();
        let stranger = SetTalents { workspace_id: t.id(), ..set.clone() };
        assert!(matches!(t.db.write(stranger).await, Err(Error::NotFound)));
        let staff = t.db.staff(w.workspace).await.unwrap();
        assert_eq!(staff.iter().find(|one| one.id == w.ana).unwrap().talents, set.talents);
    }

    async fn what_the_rules_need_to_know_is_read_of_what_nobody_has(t) {
        let w = t.world().await;
        t.set_rules(&w, any()).await;
        let id = t.open_conversation(w.user).await.id;
        t.tag(id, w.ana(), &["refund"], &[]).await;
        let mine = t.open_conversation(w.user).await.id;
        t.db.write(Assign { actor: w.ana(), conversation_id: mine, assignee: Some(w.ana), now: t.now() }).await.unwrap();
        t.goes_away(w.ben, None).await;
        let routing = t.db.routing(id, t.now()).await.unwrap().unwrap();
        assert_eq!((routing.rules, routing.case.language.as_deref()), (rules(any()), Some("fr-CH")));
        assert_eq!((routing.case.tags.len(), routing.case.team_id, routing.case.app_id), (1, w.team, w.app));
        let of = |agent| routing.candidates.iter().find(|one| one.agent_id == agent).unwrap();
        assert_eq!((of(w.ana).load, of(w.ana).takes_more()), (1, true));
        assert_eq!((of(w.ben).load, of(w.ben).takes_more()), (0, false));
        assert_eq!(routing.candidates.len(), 2, "nobody of another team");
        assert_eq!(t.db.routing(mine, t.now()).await.unwrap(), None, "somebody has it");
        let (cases, candidates) = t.db.latest_cases(w.team, 100, t.now()).await.unwrap();
        assert_eq!((cases.len(), candidates.len()), (2, 2));
    }

    async fn a_rule_gives_to_who_takes_more_what_nobody_has_and_says_which_it_was(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let talents = serde_json::from_value(json!({ "at_most": 1 })).unwrap();
        let set = SetTalents { workspace_id: w.workspace, agent_id: w.ben, talents, by: t.by() };
        t.db.write(set).await.unwrap();
        for nobody in [w.stranger, t.id()] {
            assert!(!t.db.write(t.by_rule(id, nobody)).await.unwrap(), "not of the team");
        }
        t.goes_away(w.ben, None).await;
        assert!(!t.db.write(t.by_rule(id, w.ben)).await.unwrap(), "away");
        t.comes_back(w.ben).await;
        assert!(t.db.write(t.by_rule(id, w.ben)).await.unwrap());
        assert!(!t.db.write(t.by_rule(id, w.ana)).await.unwrap(), "somebody has it");
        let header = t.header(&w, id).await;
        let routed = header.routed.unwrap();
        assert_eq!((header.assignee_id, routed.rule, routed.away_agent_id), (Some(w.ben), Some(name("Refunds")), None));
        let second = t.open_conversation(w.user).await.id;
        assert!(!t.db.write(t.by_rule(second, w.ben)).await.unwrap(), "he has enough");
        let hand = Assign { actor: w.ana(), conversation_id: id, assignee: Some(w.ana), now: t.now() };
        let routed = t.db.write(hand).await.unwrap().routed.unwrap();
        assert_eq!((routed.rule, routed.by_agent_id, routed.from_agent_id), (None, Some(w.ana), Some(w.ben)));
    }

    async fn what_is_left_behind_goes_back_when_its_agent_was_away_for_long_enough(t) {
        let w = t.world().await;
        t.set_rules(&w, any()).await;
        let mut ids = Vec::new();
        for waits in [true, true, false] {
            let id = t.open_conversation(w.user).await.id;
            if waits {
                t.send(id, w.user(), "hello").await;
            }
            t.db.write(Assign { actor: w.ana(), conversation_id: id, assignee: Some(w.ben), now: t.now() }).await.unwrap();
            ids.push(id);
        }
        let since = t.goes_away(w.ben, None).await;
        let later = since.plus_ms(10 * 60_000);
        let draft = |text: Option<&str>, written_at| PutDraft {
            agent_id: w.ben, conversation_id: ids[1], kind: DraftKind::Reply, text: text.map(name), written_at, now: written_at,
        };
        t.db.write(draft(Some("I am just"), later.plus_ms(-1_000))).await.unwrap();
        assert_eq!(t.db.left_behind(10, later.plus_ms(-1)).await.unwrap(), [], "not yet");
        assert_eq!(t.db.left_behind(10, later).await.unwrap(), [(ids[0], w.ben)], "he writes in the other one");
        let back = |id, now| ReturnFromAway { conversation_id: id, agent_id: w.ben, now };
        assert!(!t.db.write(back(ids[1], later)).await.unwrap());
        assert!(!t.db.write(back(ids[2], later)).await.unwrap(), "nobody waits");
        assert!(t.db.write(back(ids[0], later)).await.unwrap());
        assert!(!t.db.write(back(ids[0], later)).await.unwrap());
        let header = t.header(&w, ids[0]).await;
        assert_eq!((header.assignee_id, header.routed.unwrap().away_agent_id), (None, Some(w.ben)));
        assert!(t.db.write(t.by_rule(ids[0], w.ana)).await.unwrap());
        let routed = t.header(&w, ids[0]).await.routed.unwrap();
        assert_eq!((routed.rule, routed.away_agent_id), (Some(name("Refunds")), Some(w.ben)));
        t.db.write(draft(None, later)).await.unwrap();
        assert!(t.db.write(back(ids[1], later)).await.unwrap(), "he has stopped to write");
        t.comes_back(w.ben).await;
        assert_eq!(t.db.left_behind(10, later).await.unwrap(), []);
    }
}
