//! Who is away, and what becomes of what is theirs.

use tidings_protocol::alerts::AgentNotifications;
use tidings_protocol::availability::AwayAgent;
use tidings_protocol::id::{AgentId, ConversationId};
use tidings_protocol::time::Timestamp;
use tidings_store::Error;
use tidings_store::alerts::SetAgentNotifications;
use tidings_store::availability::{Availability, HandOver, SetAvailability};
use tidings_store::conversations::Assign;
use tidings_store::messages::Range;

use crate::trial::{Trial, World, name};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Trial {
    pub(crate) async fn goes_away(&self, agent_id: AgentId, until: Option<Timestamp>) -> Timestamp {
        let now = self.now();
        let set = SetAvailability { agent_id, availability: Availability::Away { until }, now };
        self.db.write(set).await.unwrap();
        now
    }

    pub(crate) async fn comes_back(&self, agent_id: AgentId) {
        let set = SetAvailability { agent_id, availability: Availability::Available, now: self.now() };
        self.db.write(set).await.unwrap();
    }
}

fn assign(w: &World, id: ConversationId, assignee: AgentId, now: Timestamp) -> Assign {
    Assign { actor: w.ana(), conversation_id: id, assignee: Some(assignee), now }
}

both! {
    async fn whoever_is_away_is_told_until_they_are_back(t) {
        let w = t.world().await;
        let away = async |now| t.db.who_is_away(w.workspace, now).await.unwrap();
        let until = t.now().plus_ms(3_600_000);
        let since = t.goes_away(w.ben, Some(until)).await;
        t.goes_away(w.ana, None).await;
        assert_eq!(away(until.plus_ms(-1)).await.len(), 2);
        let left = away(until).await;
        assert_eq!(left.iter().map(|one| one.agent_id).collect::<Vec<_>>(), [w.ana]);
        let later = until.plus_ms(60_000);
        t.goes_away(w.ben, Some(later)).await;
        let found = AwayAgent { agent_id: w.ben, since, until: Some(later) };
        assert_eq!(away(until).await[0], found, "since when stays");
        t.comes_back(w.ana).await;
        t.comes_back(w.ana).await;
        assert_eq!(away(until).await, [found]);
        assert_eq!(t.db.who_is_away(t.id(), until).await.unwrap(), [], "another company's");
    }

    async fn only_a_time_to_come_will_do_to_be_back(t) {
        let w = t.world().await;
        let now = t.now();
        for (until, is_good) in [(0, false), (1, true), (366 * DAY_MS, true), (366 * DAY_MS + 1, false)] {
            let availability = Availability::Away { until: Some(now.plus_ms(until)) };
            let set = SetAvailability { agent_id: w.ana, availability, now };
            assert_eq!(t.db.write(set).await.is_ok(), is_good, "{until}");
        }
        let nobody = SetAvailability { agent_id: t.id(), availability: Availability::Available, now };
        assert!(matches!(t.db.write(nobody).await, Err(Error::NotFound)));
    }

    async fn nothing_is_assigned_to_whoever_is_away_but_by_themselves(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let until = t.now().plus_ms(3_600_000);
        t.goes_away(w.ben, Some(until)).await;
        t.goes_away(w.ana, None).await;
        assert!(matches!(t.db.write(assign(&w, id, w.ben, t.now())).await, Err(Error::Away)));
        t.db.write(assign(&w, id, w.ana, t.now())).await.unwrap();
        t.db.write(assign(&w, id, w.ben, until)).await.unwrap();
    }

    async fn what_is_handed_over_goes_to_a_colleague_of_the_team_or_back_to_it(t) {
        let w = t.world().await;
        let both = t.agent(w.workspace, "Cleo", vec![w.team, w.other_team]).await;
        let other_app = t.app(w.workspace, w.other_team).await;
        let (elsewhere, _) = t.user(other_app, "customer-3").await;
        let mut ids = Vec::new();
        for user in [w.user, w.user, elsewhere] {
            ids.push(t.open_conversation(user).await.id);
        }
        let cleo = tidings_store::Actor::Agent { agent_id: both };
        for id in &ids {
            t.db.write(Assign { actor: cleo, ..assign(&w, *id, both, t.now()) }).await.unwrap();
        }
        t.put_aside(ids[0], w.ana()).await;
        let over = |to| HandOver { agent_id: both, to, note: None, told: false, now: t.now() };
        for to in [both, t.id()] {
            assert!(matches!(t.db.write(over(Some(to))).await, Err(Error::Refused(_))), "{to}");
        }
        t.goes_away(w.ana, None).await;
        assert!(matches!(t.db.write(over(Some(w.ana))).await, Err(Error::Away)));
        t.comes_back(w.ana).await;
        let handed = t.db.write(over(Some(w.ana))).await.unwrap();
        assert_eq!((handed.over.assigned, handed.over.unassigned, handed.more), (2, 1, false));
        let of = async |agent, id| t.db.team_conversation(agent, id).await.unwrap().unwrap().assignee_id;
        assert_eq!((of(w.ana, ids[0]).await, of(w.ana, ids[1]).await), (Some(w.ana), Some(w.ana)), "put aside, too");
        assert_eq!(of(both, ids[2]).await, None, "Ana is not of that team");
    }

    async fn a_note_goes_with_what_is_handed_over_and_wakes_the_colleague_once(t) {
        let w = t.world().await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let id = t.open_conversation(w.user).await.id;
            t.db.write(assign(&w, id, w.ana, t.now())).await.unwrap();
            ids.push(id);
        }
        let mut wishes = AgentNotifications::default();
        wishes.mentioned.mail = true;
        t.db.write(SetAgentNotifications { agent_id: w.ben, wishes }).await.unwrap();
        let note = Some(name("Back on Monday."));
        let over = HandOver { agent_id: w.ana, to: Some(w.ben), note, told: false, now: t.now() };
        t.db.write(over).await.unwrap();
        for id in &ids {
            let thread = t.db.thread(w.ben, *id, Range::Newest, 50).await.unwrap().unwrap();
            assert_eq!((thread.notes.len(), thread.notes[0].agent_id), (1, w.ana));
            assert_eq!(thread.conversation.mentioned[0].agent_id, w.ben);
            let routed = thread.conversation.routed.unwrap();
            assert_eq!((routed.by_agent_id, routed.from_agent_id), (Some(w.ana), Some(w.ana)));
        }
        assert_eq!(t.number("SELECT COUNT(*) FROM jobs WHERE payload LIKE '%mail_mention%'").await, 1);
        let back = HandOver {
            agent_id: w.ben, to: None, note: Some(name("Not mine.")), told: false, now: t.now(),
        };
        t.db.write(back).await.unwrap();
        let thread = t.db.thread(w.ana, ids[0], Range::Newest, 50).await.unwrap().unwrap();
        assert!(thread.notes[1].mentions.is_empty(), "it goes to nobody");
    }

    async fn much_is_handed_over_in_steps(t) {
        let w = t.world().await;
        for _ in 0..101 {
            let id = t.open_conversation(w.user).await.id;
            t.db.write(assign(&w, id, w.ana, t.now())).await.unwrap();
        }
        let over = HandOver { agent_id: w.ana, to: None, note: None, told: false, now: t.now() };
        let first = t.db.write(over.clone()).await.unwrap();
        assert_eq!((first.over.unassigned, first.more), (100, true));
        let second = t.db.write(over).await.unwrap();
        assert_eq!((second.over.unassigned, second.more), (1, false));
        let changes = t.number("SELECT COUNT(*) FROM changes WHERE kind = 'conversation_assigned'").await;
        assert_eq!(changes, 202, "each is a change for the team");
    }
}
