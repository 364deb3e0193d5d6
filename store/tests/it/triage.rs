//! Later, how urgent, what it is about.

use futures_util::future::join_all;
use tidings_protocol::conversation::{ConversationState, InboxConversation, Priority};
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::{View, ViewCounts};
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use tidings_store::conversations::SetState;
use tidings_store::jobs::{ClaimJobs, JobPayload};
use tidings_store::priority::SetPriority;
use tidings_store::snooze::{Snooze, WakeConversation};
use tidings_store::tags::ChangeTags;
use tidings_store::{Actor, Error};

use crate::trial::{Trial, World, name};

impl Trial {
    /// So long after now.
    pub(crate) fn later(&self, ms: i64) -> Timestamp {
        self.now().plus_ms(ms)
    }

    pub(crate) fn snooze(&self, id: ConversationId, actor: Actor, until: Option<Timestamp>) -> Snooze {
        Snooze { actor, conversation_id: id, until, now: self.now(), job_id: self.id() }
    }

    /// For an hour.
    pub(crate) async fn put_aside(&self, id: ConversationId, actor: Actor) -> Timestamp {
        let until = self.later(3_600_000);
        self.db.write(self.snooze(id, actor, Some(until))).await.unwrap();
        until
    }

    pub(crate) async fn tag(
        &self,
        id: ConversationId,
        actor: Actor,
        add: &[&str],
        remove: &[&str],
    ) -> InboxConversation {
        self.db.write(self.tagging(id, actor, add, remove)).await.unwrap()
    }

    fn tagging(&self, id: ConversationId, actor: Actor, add: &[&str], remove: &[&str]) -> ChangeTags {
        let tags = |names: &[&str]| names.iter().map(|tag| name(tag)).collect();
        ChangeTags { actor, conversation_id: id, add: tags(add), remove: tags(remove), now: self.now() }
    }
}

async fn header(t: &Trial, w: &World, id: ConversationId) -> InboxConversation {
    t.db.team_conversation(w.ana, id).await.unwrap().unwrap()
}

async fn ids(t: &Trial, w: &World, view: View) -> Vec<ConversationId> {
    t.db.team_conversations(w.ana, view, None, 50).await.unwrap().0.iter().map(|row| row.id).collect()
}

fn names(conversation: &InboxConversation) -> Vec<&str> {
    conversation.tags.iter().map(tidings_protocol::text::Tag::as_str).collect()
}

both! {
    async fn what_is_put_aside_leaves_the_open_views_and_its_user_knows_nothing_of_it(t) {
        let w = t.world().await;
        let (id, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        let before = t.db.user_bootstrap(w.user, 10).await.unwrap();
        let until = t.put_aside(id, w.ana()).await;
        assert_eq!(header(t, &w, id).await.snoozed_until, Some(until));
        assert_eq!((ids(t, &w, View::Snoozed).await, ids(t, &w, View::All).await), (vec![id], vec![other]));
        let counts = ViewCounts { unassigned: 1, all: 1, snoozed: 1, ..ViewCounts::default() };
        assert_eq!(t.db.view_counts(w.ana).await.unwrap(), counts);
        assert_eq!(t.db.user_bootstrap(w.user, 10).await.unwrap(), before);
    }

    async fn it_comes_back_on_top_by_a_job_of_its_time(t) {
        let w = t.world().await;
        let (id, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        let until = t.put_aside(id, w.ana()).await;
        let claim = |now| ClaimJobs {
            limit: 10, of_one_app: 10, under_way: std::collections::HashMap::default(), lease_ms: 60_000, now,
        };
        assert_eq!(t.db.write(claim(until.plus_ms(-1))).await.unwrap(), []);
        let jobs = t.db.write(claim(until)).await.unwrap();
        let payload = JobPayload::WakeConversation { user_id: w.user, conversation_id: id, until };
        assert_eq!(jobs.iter().map(|job| &job.payload).collect::<Vec<_>>(), [&payload]);
        let wake = WakeConversation { conversation_id: id, until, now: until };
        assert!(t.db.write(wake).await.unwrap());
        assert!(!t.db.write(wake).await.unwrap(), "once");
        let woken = header(t, &w, id).await;
        assert_eq!((woken.snoozed_until, woken.woke_at, woken.active_at), (None, Some(until), until));
        assert_eq!(ids(t, &w, View::All).await, [id, other]);
        let users = t.db.user_conversations(w.user, None, 10).await.unwrap().0;
        assert_eq!(users.iter().map(|row| row.id).collect::<Vec<_>>(), [other, id], "the user's list stands still");
        t.send(id, w.ana(), "Any news?").await;
        assert_eq!(header(t, &w, id).await.woke_at, None);
    }

    async fn a_time_that_was_changed_meanwhile_wakes_nobody(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let first = t.put_aside(id, w.ana()).await;
        let second = t.later(9_000_000);
        t.db.write(t.snooze(id, w.ben(), Some(second))).await.unwrap();
        let wake = WakeConversation { conversation_id: id, until: first, now: first };
        assert!(!t.db.write(wake).await.unwrap());
        assert_eq!(header(t, &w, id).await.snoozed_until, Some(second));
        let changes = t.number("SELECT COUNT(*) FROM changes").await;
        t.db.write(t.snooze(id, w.ana(), Some(second))).await.unwrap();
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, changes, "the same again is no change");
        assert_eq!(t.number("SELECT COUNT(*) FROM jobs").await, 2, "and no job");
        t.db.write(t.snooze(id, w.ana(), None)).await.unwrap();
        assert_eq!((header(t, &w, id).await.snoozed_until, header(t, &w, id).await.woke_at), (None, None));
    }

    async fn its_user_brings_it_back_by_writing_and_its_agents_do_not(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let until = t.put_aside(id, w.ana()).await;
        t.send(id, w.ana(), "I ask the warehouse.").await;
        assert_eq!(header(t, &w, id).await.snoozed_until, Some(until));
        t.send(id, w.user(), "It has come!").await;
        let woken = header(t, &w, id).await;
        assert_eq!((woken.state, woken.snoozed_until, woken.woke_at), (ConversationState::Open, None, None));
        assert_eq!(ids(t, &w, View::Snoozed).await, []);
        assert_eq!(t.number("SELECT COUNT(*) FROM changes WHERE kind = 'conversation_reopened'").await, 0);
    }

    async fn a_closed_one_cannot_be_put_aside_and_one_put_aside_can_be_closed(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.put_aside(id, w.ana()).await;
        let set = |state| SetState { actor: w.ana(), conversation_id: id, state, now: t.now() };
        // It is open already.
        let still = t.db.write(set(ConversationState::Open)).await.unwrap();
        assert!(still.snoozed_until.is_some());
        let closed = t.db.write(set(ConversationState::Closed)).await.unwrap();
        assert_eq!((closed.state, closed.snoozed_until), (ConversationState::Closed, None));
        let snooze = t.snooze(id, w.ana(), Some(t.later(60_000)));
        assert!(matches!(t.db.write(snooze).await, Err(Error::Refused(_))));
        assert_eq!(ids(t, &w, View::Closed).await, [id]);
    }

    async fn a_time_is_to_come_and_within_a_year(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let snooze = t.snooze(id, w.ana(), None);
        let day = 24 * 3_600_000;
        for (until, is_good) in [
            (snooze.now, false),
            (snooze.now.plus_ms(1), true),
            (snooze.now.plus_ms(limits::SNOOZE_DAYS * day), true),
            (snooze.now.plus_ms(limits::SNOOZE_DAYS * day + 1), false),
        ] {
            assert_eq!(t.db.write(Snooze { until: Some(until), ..snooze }).await.is_ok(), is_good, "{until}");
        }
    }

    async fn a_priority_is_told_to_the_team_alone(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let set = SetPriority { actor: w.ben(), conversation_id: id, priority: Priority::Urgent, now: t.now() };
        assert_eq!(t.db.write(set).await.unwrap().priority, Priority::Urgent);
        let changes = t.number("SELECT COUNT(*) FROM changes").await;
        t.db.write(set).await.unwrap();
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, changes, "the same again is no change");
        t.send(id, w.user(), "hello?").await;
        assert_eq!(header(t, &w, id).await.priority, Priority::Urgent);
    }

    async fn a_tag_is_one_however_it_is_written(t) {
        let w = t.world().await;
        let (id, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id);
        assert_eq!(names(&t.tag(id, w.ana(), &["Réclamation", " vip "], &[]).await), ["Réclamation", "vip"]);
        assert_eq!(names(&t.tag(other, w.ben(), &["RECLAMATION"], &[]).await), ["Réclamation"]);
        assert_eq!(names(&t.tag(id, w.ben(), &["VIP"], &["reclamation"]).await), ["vip"]);
        let of_team: Vec<_> =
            t.db.tags(w.ana).await.unwrap().into_iter().map(|tag| tag.name.into_string()).collect();
        assert_eq!(of_team, ["Réclamation", "vip"]);
        assert_eq!(t.db.tags(w.stranger).await.unwrap(), []);
        t.send(id, w.user(), "hello?").await;
        assert_eq!(names(&header(t, &w, id).await), ["vip"]);
        assert_eq!(t.number("SELECT COUNT(*) FROM tagged").await, 2);
    }

    async fn two_who_tag_at_once_take_nothing_from_each_other(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let another = t.another(1).await.unwrap();
        let dbs = [&t.db, &another];
        let tags: Vec<_> = (0..limits::TAGS_PER_CONVERSATION).map(|n| format!("tag {n:02}")).collect();
        let tagging = |n: usize| t.tagging(id, if n.is_multiple_of(2) { w.ana() } else { w.ben() }, &[&tags[n]], &[]);
        let done = join_all((0..tags.len()).map(|n| dbs[n % 2].write(tagging(n)))).await;
        assert!(done.iter().all(Result::is_ok));
        assert_eq!(names(&header(t, &w, id).await), tags);
        let one_more = t.db.write(t.tagging(id, w.ana(), &["one more"], &[])).await;
        assert!(matches!(one_more, Err(Error::Limit(_))));
        assert_eq!(t.db.tags(w.ana).await.unwrap().len(), tags.len(), "what was refused made no tag");
        another.close().await;
    }

    async fn a_team_has_so_many_tags_and_no_more(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.sql("WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 500)
               INSERT INTO tags (team_id, folded, name, created_at)
               SELECT t.id, 'tag' || n, 'tag' || n, 1 FROM n CROSS JOIN teams t WHERE t.name = 'Support'").await;
        assert!(matches!(t.db.write(t.tagging(id, w.ana(), &["new"], &[])).await, Err(Error::Limit(_))));
        assert_eq!(names(&t.tag(id, w.ana(), &["Tag7"], &[]).await), ["tag7"]);
    }

    async fn law_9_nobody_else_sorts(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        for actor in [w.stranger(), w.user(), w.other_user()] {
            let until = Some(t.later(60_000));
            assert!(matches!(t.db.write(t.snooze(id, actor, until)).await, Err(Error::NotFound)));
            let (priority, now) = (Priority::High, t.now());
            let set = SetPriority { actor, conversation_id: id, priority, now };
            assert!(matches!(t.db.write(set).await, Err(Error::NotFound)));
            assert!(matches!(t.db.write(t.tagging(id, actor, &["mine"], &[])).await, Err(Error::NotFound)));
        }
        assert_eq!(t.db.tags(w.stranger).await.unwrap(), []);
    }
}
