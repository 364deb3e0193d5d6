//! What goes back to the team when its hours end.

use std::collections::HashMap;

use serde_json::json;
use tidings_protocol::assigning::Routed;
use tidings_protocol::drafts::DraftKind;
use tidings_protocol::hours::TeamHours;
use tidings_protocol::id::{AgentId, ConversationId};
use tidings_protocol::time::Timestamp;
use tidings_store::conversations::Assign;
use tidings_store::drafts::PutDraft;
use tidings_store::hours::SetTeamHours;
use tidings_store::jobs::{ClaimJobs, JobPayload};
use tidings_store::shifts::ReturnAtClose;
use tidings_store::snooze::WakeConversation;

use crate::trial::{Trial, World, name};

const HOUR_MS: i64 = 3_600_000;

fn hours(hands_back: bool) -> TeamHours {
    let week = json!([{ "day": "monday", "from": "09:00", "until": "17:00" }]);
    serde_json::from_value(json!({ "time_zone": "Europe/Paris", "week": week, "hands_back": hands_back }))
        .unwrap()
}

impl Trial {
    pub(crate) async fn set_hours(&self, w: &World, hands_back: bool) {
        let (hours, by) = (Some(hours(hands_back)), self.by());
        let set = SetTeamHours { workspace_id: w.workspace, team_id: w.team, hours, by };
        self.db.write(set).await.unwrap();
    }

    /// A conversation that an agent has; in most of them somebody waits.
    async fn with(&self, w: &World, agent: AgentId, waits: bool) -> ConversationId {
        let id = self.open_conversation(w.user).await.id;
        if waits {
            self.send(id, w.user(), "hello").await;
        }
        let assign = Assign { actor: w.ana(), conversation_id: id, assignee: Some(agent), now: self.now() };
        self.db.write(assign).await.unwrap();
        id
    }

    async fn routed_of(&self, w: &World, id: ConversationId) -> (Option<AgentId>, Routed) {
        let header = self.db.team_conversation(w.ana, id).await.unwrap().unwrap();
        (header.assignee_id, header.routed.unwrap())
    }
}

pub(crate) fn back(conversation_id: ConversationId, agent_id: AgentId, ended_at: Timestamp) -> ReturnAtClose {
    let begin_at = ended_at.plus_ms(15 * HOUR_MS);
    ReturnAtClose { conversation_id, agent_id, ended_at, begin_at, now: ended_at.plus_ms(1_000) }
}

both! {
    async fn teams_take_back_what_waits_when_they_say_so(t) {
        let w = t.world().await;
        assert_eq!(t.db.teams_that_take_back().await.unwrap(), []);
        t.set_hours(&w, false).await;
        assert_eq!(t.db.teams_that_take_back().await.unwrap(), []);
        t.set_hours(&w, true).await;
        assert_eq!(t.db.teams_that_take_back().await.unwrap(), [(w.team, hours(true))]);
    }

    async fn what_waits_goes_back_when_the_hours_end_and_through_the_rules_when_they_begin(t) {
        let w = t.world().await;
        let rules = json!({ "rules": [{ "name": "Refunds", "to": { "kind": "agent" } }] });
        t.set_rules(&w, rules).await;
        let waits = t.with(&w, w.ben, true).await;
        let answered = t.with(&w, w.ben, false).await;
        let ended_at = t.now().plus_ms(HOUR_MS);
        let found = t.db.left_at_close(w.team, ended_at, None, 10, ended_at).await.unwrap();
        assert_eq!(found, (vec![(waits, w.ben)], None));
        let (page, next) = t.db.left_at_close(w.team, ended_at, None, 1, ended_at).await.unwrap();
        assert_eq!((page.len(), next), (1, Some(waits)));
        assert_eq!(t.db.left_at_close(w.team, ended_at, next, 1, ended_at).await.unwrap(), (vec![], None));
        assert!(!t.db.write(back(answered, w.ben, ended_at)).await.unwrap(), "nobody waits");
        assert!(!t.db.write(back(waits, w.ana, ended_at)).await.unwrap(), "somebody else has it");
        assert!(t.db.write(back(waits, w.ben, ended_at)).await.unwrap());
        assert!(!t.db.write(back(waits, w.ben, ended_at)).await.unwrap());
        let (assignee, routed) = t.routed_of(&w, waits).await;
        assert_eq!((assignee, routed.off_agent_id, routed.by_agent_id), (None, Some(w.ben), None));
        let claim = |now| ClaimJobs { limit: 100, of_one_app: 100, under_way: HashMap::new(), lease_ms: 1_000, now };
        let begin_at = back(waits, w.ben, ended_at).begin_at;
        for (now, assigned) in [(begin_at.plus_ms(-1), 0), (begin_at, 1)] {
            let jobs = t.db.write(claim(now)).await.unwrap();
            let of = |payload: &JobPayload| {
                matches!(payload, JobPayload::Assign { conversation_id, .. } if *conversation_id == waits)
            };
            // The one that opening it made is older.
            let due = jobs.iter().filter(|job| of(&job.payload) && job.created_at >= ended_at).count();
            assert_eq!(due, assigned);
        }
        assert!(t.db.write(t.by_rule(waits, w.ana)).await.unwrap());
        let routed = t.routed_of(&w, waits).await.1;
        assert_eq!((routed.rule, routed.off_agent_id), (Some(name("Refunds")), Some(w.ben)), "both are said");
    }

    async fn what_was_put_aside_until_after_the_hours_stays(t) {
        let w = t.world().await;
        let [before, after] = [t.with(&w, w.ben, true).await, t.with(&w, w.ben, true).await];
        let ended_at = t.now().plus_ms(HOUR_MS);
        for (id, until) in [(before, ended_at.plus_ms(-1)), (after, ended_at.plus_ms(1))] {
            t.db.write(t.snooze(id, w.ben(), Some(until))).await.unwrap();
            t.db.write(WakeConversation { conversation_id: id, until, now: until }).await.unwrap();
        }
        let found = t.db.left_at_close(w.team, ended_at, None, 10, ended_at.plus_ms(HOUR_MS)).await.unwrap();
        assert_eq!(found.0, [(before, w.ben)]);
        assert!(!t.db.write(back(after, w.ben, ended_at)).await.unwrap());
        assert!(t.db.write(back(before, w.ben, ended_at)).await.unwrap());
    }

    async fn what_its_agent_is_in_the_middle_of_stays(t) {
        let w = t.world().await;
        let [writes, has_written, waits_since, had_it_after] =
            [t.with(&w, w.ben, true).await, t.with(&w, w.ben, true).await, t.with(&w, w.ben, false).await,
             t.open_conversation(w.user).await.id];
        t.send(had_it_after, w.user(), "hello").await;
        t.send(has_written, w.ben(), "Which colour?").await;
        t.send(has_written, w.user(), "Blue").await;
        let ended_at = t.now().plus_ms(60_000);
        let draft = PutDraft {
            agent_id: w.ben, conversation_id: writes, kind: DraftKind::Reply, text: Some(name("I am just")),
            written_at: ended_at.plus_ms(-1_000), now: ended_at,
        };
        t.db.write(draft).await.unwrap();
        let late = t.message(waits_since, w.user(), "one more thing");
        t.db.write(tidings_store::messages::AppendMessage { now: ended_at.plus_ms(1), ..late }).await.unwrap();
        let take = Assign { actor: w.ben(), conversation_id: had_it_after, assignee: Some(w.ben), now: ended_at.plus_ms(1) };
        t.db.write(take).await.unwrap();
        let ids = |found: Vec<(ConversationId, AgentId)>| found.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        let at = async |now| ids(t.db.left_at_close(w.team, ended_at, None, 10, now).await.unwrap().0);
        assert_eq!(at(ended_at).await, []);
        for id in [writes, has_written, waits_since, had_it_after] {
            assert!(!t.db.write(back(id, w.ben, ended_at)).await.unwrap());
        }
        let later = ended_at.plus_ms(HOUR_MS);
        assert_eq!(at(later).await, [writes, has_written], "they have stopped, and did not finish");
        let now = later;
        assert!(t.db.write(ReturnAtClose { now, ..back(has_written, w.ben, ended_at) }).await.unwrap());
        assert!(!t.db.write(ReturnAtClose { now, ..back(had_it_after, w.ben, ended_at) }).await.unwrap());
    }
}
