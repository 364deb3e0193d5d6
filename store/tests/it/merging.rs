//! Conversations of one user that are merged, and come apart.

use tidings_protocol::change::ChangeKind;
use tidings_protocol::conversation::{Conversation, ConversationState, InboxConversation, Priority};
use tidings_protocol::held::HoldUntil;
use tidings_protocol::id::ConversationId;
use tidings_protocol::inbox::View;
use tidings_protocol::limits;
use tidings_store::conversations::{Assign, SetState};
use tidings_store::merging::MergeConversation;
use tidings_store::messages::{AppendMessage, Range};
use tidings_store::priority::SetPriority;
use tidings_store::{Actor, Error};

use crate::trial::{Trial, World};

impl Trial {
    pub(crate) fn merging(
        &self,
        conversation_id: ConversationId,
        actor: Actor,
        into: Option<ConversationId>,
    ) -> MergeConversation {
        MergeConversation { actor, conversation_id, into, now: self.now() }
    }

    pub(crate) async fn merge_into(&self, w: &World, id: ConversationId, into: ConversationId) {
        self.db.write(self.merging(id, w.ana(), Some(into))).await.unwrap();
    }

    async fn unmerge(&self, w: &World, id: ConversationId) {
        self.db.write(self.merging(id, w.ana(), None)).await.unwrap();
    }

    /// The conversation in which the user waits, and another in which nothing was said.
    async fn pair(&self, w: &World) -> (ConversationId, ConversationId) {
        let one = self.open_conversation(w.user).await.id;
        self.send(one, w.user(), "Where is my order?").await;
        (one, self.open_conversation(w.user).await.id)
    }
}

async fn header(t: &Trial, w: &World, id: ConversationId) -> InboxConversation {
    t.db.team_conversation(w.ana, id).await.unwrap().unwrap()
}

async fn of_user(t: &Trial, w: &World, id: ConversationId) -> Conversation {
    t.db.user_conversation(w.user, id).await.unwrap().unwrap()
}

async fn ids(t: &Trial, w: &World, view: View) -> Vec<ConversationId> {
    t.db.team_conversations(w.ana, view, None, 50).await.unwrap().0.iter().map(|row| row.id).collect()
}

async fn close(t: &Trial, w: &World, id: ConversationId) {
    let state = ConversationState::Closed;
    t.db.write(SetState { actor: w.ana(), conversation_id: id, state, now: t.now() }).await.unwrap();
}

async fn press(t: &Trial, w: &World, id: ConversationId, priority: Priority) {
    let set = SetPriority { actor: w.ana(), conversation_id: id, priority, now: t.now() };
    t.db.write(set).await.unwrap();
}

fn names(conversation: &InboxConversation) -> Vec<&str> {
    conversation.tags.iter().map(tidings_protocol::text::Tag::as_str).collect()
}

both! {
    async fn the_one_is_closed_and_points_to_the_other_and_no_message_moves(t) {
        let w = t.world().await;
        let (one, other) = t.pair(&w).await;
        let before = t.db.messages(one, Range::After(0), 10).await.unwrap().messages;
        t.merge_into(&w, one, other).await;
        let (merged, target) = (header(t, &w, one).await, header(t, &w, other).await);
        let into = merged.merged_into.unwrap();
        assert_eq!((into.conversation_id, into.after_seq, into.parted), (other, 1, None));
        assert_eq!((merged.state, merged.waiting_since), (ConversationState::Closed, None));
        let thread = &target.merged[0];
        assert_eq!((thread.conversation_id, thread.after_seq, thread.messages), (one, 0, 1));
        assert!(target.merged_into.is_none());
        assert_eq!(of_user(t, &w, one).await.merged_into, Some(other));
        assert_eq!(of_user(t, &w, other).await.merged_into, None);
        assert_eq!(t.db.messages(one, Range::After(0), 10).await.unwrap().messages, before);
        assert_eq!((ids(t, &w, View::All).await, ids(t, &w, View::Closed).await), (vec![other], vec![one]));
        let changes = t.number("SELECT COUNT(*) FROM changes").await;
        t.merge_into(&w, one, other).await;
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, changes, "the same again is no change");
        assert_eq!(t.number("SELECT COUNT(*) FROM audit_log WHERE act = 'conversation_merged'").await, 1);
    }

    async fn what_presses_goes_over_and_comes_back(t) {
        let w = t.world().await;
        let (one, other) = t.pair(&w).await;
        press(t, &w, one, Priority::Urgent).await;
        t.tag(one, w.ana(), &["Refund", "VIP"], &[]).await;
        t.tag(other, w.ana(), &["vip", "Shipping"], &[]).await;
        let (before, target) = (header(t, &w, one).await, header(t, &w, other).await);
        t.merge_into(&w, one, other).await;
        let merged = header(t, &w, other).await;
        assert_eq!(merged.waiting_since, before.waiting_since, "the user still waits");
        assert_eq!((merged.priority, names(&merged)), (Priority::Urgent, vec!["Refund", "Shipping", "VIP"]));
        assert_eq!(t.number("SELECT COUNT(*) FROM tagged").await, 5);
        t.unmerge(&w, one).await;
        assert_eq!(header(t, &w, one).await, before);
        assert_eq!(header(t, &w, other).await, target);
        assert_eq!(t.number("SELECT COUNT(*) FROM tagged").await, 4);
        assert_eq!(t.number("SELECT COUNT(*) FROM conversations WHERE merge_before IS NOT NULL").await, 0);
    }

    async fn owner_and_snooze_come_back_and_a_time_that_is_over_does_not(t) {
        let w = t.world().await;
        let (one, other) = t.pair(&w).await;
        let assign = Assign { actor: w.ana(), conversation_id: one, assignee: Some(w.ben), now: t.now() };
        t.db.write(assign).await.unwrap();
        t.put_aside(one, w.ana()).await;
        let before = header(t, &w, one).await;
        t.merge_into(&w, one, other).await;
        assert_eq!(header(t, &w, one).await.snoozed_until, None);
        t.unmerge(&w, one).await;
        assert_eq!(header(t, &w, one).await, before);
        t.merge_into(&w, one, other).await;
        let late = MergeConversation { now: t.later(7_200_000), ..t.merging(one, w.ana(), None) };
        let back = t.db.write(late).await.unwrap();
        assert_eq!((back.state, back.snoozed_until), (ConversationState::Open, None));
    }

    async fn a_closed_one_opens_when_somebody_waits_in_what_is_merged_into_it(t) {
        let w = t.world().await;
        let (one, other) = t.pair(&w).await;
        close(t, &w, other).await;
        let before = header(t, &w, other).await;
        t.merge_into(&w, one, other).await;
        assert_eq!(header(t, &w, other).await.state, ConversationState::Open);
        t.unmerge(&w, one).await;
        assert_eq!(header(t, &w, other).await, before);
        // Put aside, and with an answer since, it stays as it was answered.
        t.db.write(SetState { actor: w.ana(), conversation_id: other, state: ConversationState::Open, now: t.now() }).await.unwrap();
        t.put_aside(other, w.ana()).await;
        t.merge_into(&w, one, other).await;
        assert_eq!(header(t, &w, other).await.snoozed_until, None);
        t.send(other, w.ana(), "On its way.").await;
        t.unmerge(&w, one).await;
        let (freed, target) = (header(t, &w, one).await, header(t, &w, other).await);
        assert_eq!((target.state, target.snoozed_until), (ConversationState::Open, None));
        assert_eq!((freed.state, freed.waiting_since), (ConversationState::Open, None), "it was answered");
    }

    async fn its_user_ends_it_by_writing_and_both_say_so(t) {
        let w = t.world().await;
        let (one, other) = t.pair(&w).await;
        let asked = header(t, &w, one).await.waiting_since;
        t.merge_into(&w, one, other).await;
        let cursor = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        t.send(one, w.user(), "It has come!").await;
        let (freed, target) = (header(t, &w, one).await, header(t, &w, other).await);
        assert_eq!((freed.state, freed.waiting_since), (ConversationState::Open, asked));
        assert_eq!(freed.merged_into.unwrap().parted.unwrap().after_seq, 1);
        assert_eq!(target.waiting_since, None);
        assert_eq!(target.merged[0].parted.unwrap().after_seq, 0);
        assert_eq!(of_user(t, &w, one).await.merged_into, None);
        let tidings_protocol::change::Catchup::Changes(page) = t.db.user_changes(w.user, cursor, 10).await.unwrap() else {
            panic!("reset")
        };
        let kinds: Vec<_> = page.changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [ChangeKind::ConversationReopened, ChangeKind::MessageAdded, ChangeKind::ConversationUnmerged]);
        // It can be merged again, and is told of once.
        t.merge_into(&w, one, other).await;
        let again = header(t, &w, other).await;
        assert_eq!((again.merged.len(), again.merged[0].parted), (1, None));
    }

    async fn many_write_at_once_into_both_and_nothing_is_lost(t) {
        let w = t.world().await;
        let (one, other) = t.pair(&w).await;
        t.merge_into(&w, one, other).await;
        let another = t.another(1).await.unwrap();
        let dbs = [&t.db, &another];
        let sending = |n: usize| {
            let id = if n.is_multiple_of(2) { one } else { other };
            dbs[n % 3 % 2].write(t.message(id, w.user(), &format!("number {n}")))
        };
        let sent = futures_util::future::join_all((0..40).map(sending)).await;
        assert!(sent.iter().all(Result::is_ok));
        let (freed, target) = (header(t, &w, one).await, header(t, &w, other).await);
        assert_eq!((freed.last_seq, target.last_seq), (21, 20));
        assert_eq!((freed.unread, target.unread), (21, 20));
        assert!(freed.merged_into.unwrap().parted.is_some() && target.merged[0].parted.is_some());
        assert!(freed.waiting_since.is_some() && target.waiting_since.is_some());
        another.close().await;
    }

    async fn agents_do_nothing_more_in_it(t) {
        let w = t.world().await;
        let (one, other) = t.pair(&w).await;
        t.merge_into(&w, one, other).await;
        let reply = AppendMessage { seen_seq: Some(1), ..t.message(one, w.ana(), "On its way") };
        assert!(matches!(t.db.write(reply).await, Err(Error::Merged)));
        let hold = t.hold(one, w.ana, "On its way", HoldUntil::Seconds { seconds: 5 });
        assert!(matches!(t.db.write(hold).await, Err(Error::Merged)));
        let set = |state| SetState { actor: w.ana(), conversation_id: one, state, now: t.now() };
        assert!(matches!(t.db.write(set(ConversationState::Open)).await, Err(Error::Merged)));
        assert!(t.db.write(set(ConversationState::Closed)).await.is_ok(), "it is");
        let snooze = t.snooze(one, w.ana(), Some(t.later(60_000)));
        assert!(matches!(t.db.write(snooze).await, Err(Error::Refused(_))));
        t.send(other, w.ana(), "On its way").await;
        assert_eq!(header(t, &w, other).await.waiting_since, None);
    }

    async fn no_rings_no_chains_and_nothing_of_others(t) {
        let w = t.world().await;
        let (one, other) = t.pair(&w).await;
        let third = t.open_conversation(w.user).await.id;
        let strange = t.open_conversation(w.other_user).await.id;
        let merge = |id, into| t.db.write(t.merging(id, w.ana(), Some(into)));
        assert!(matches!(merge(one, one).await, Err(Error::CannotMerge(_))));
        assert!(matches!(merge(one, strange).await, Err(Error::CannotMerge(_))));
        merge(one, other).await.unwrap();
        assert!(matches!(merge(other, one).await, Err(Error::Merged)), "a ring");
        assert!(matches!(merge(third, one).await, Err(Error::Merged)), "into one that is merged");
        assert!(matches!(merge(one, third).await, Err(Error::Merged)), "into two");
        assert!(matches!(merge(other, third).await, Err(Error::CannotMerge(_))), "a chain");
        merge(third, other).await.unwrap();
        assert_eq!(header(t, &w, other).await.merged.len(), 2);
        for actor in [w.stranger(), w.user(), w.other_user()] {
            for into in [Some(third), None] {
                let refused = t.db.write(t.merging(one, actor, into)).await;
                assert!(matches!(refused, Err(Error::NotFound)), "law 9");
            }
        }
    }

    async fn one_in_which_replies_wait_is_not_merged(t) {
        let w = t.world().await;
        let (one, other) = t.pair(&w).await;
        t.db.write(t.hold(one, w.ana, "On its way", HoldUntil::Approval)).await.unwrap();
        let refused = t.db.write(t.merging(one, w.ana(), Some(other))).await;
        assert!(matches!(refused, Err(Error::CannotMerge(_))));
        t.merge_into(&w, other, one).await;
        assert_eq!(header(t, &w, one).await.held.len(), 1, "it waits on");
    }

    async fn of_several_each_takes_back_its_own(t) {
        let w = t.world().await;
        let (one, target) = t.pair(&w).await;
        let two = t.open_conversation(w.user).await.id;
        t.send(two, w.user(), "And my invoice?").await;
        press(t, &w, one, Priority::Urgent).await;
        press(t, &w, two, Priority::High).await;
        t.tag(one, w.ana(), &["Refund", "VIP"], &[]).await;
        t.tag(two, w.ana(), &["VIP", "Invoice"], &[]).await;
        let before = [header(t, &w, one).await, header(t, &w, two).await, header(t, &w, target).await];
        t.merge_into(&w, one, target).await;
        t.merge_into(&w, two, target).await;
        assert_eq!(header(t, &w, target).await.waiting_since, before[0].waiting_since);
        t.unmerge(&w, one).await;
        let left = header(t, &w, target).await;
        assert_eq!((left.priority, names(&left)), (Priority::High, vec!["Invoice", "VIP"]));
        assert_eq!(left.waiting_since, before[1].waiting_since);
        t.unmerge(&w, two).await;
        let after = [header(t, &w, one).await, header(t, &w, two).await, header(t, &w, target).await];
        assert_eq!(after, before);
    }

    async fn so_many_are_merged_into_one_and_no_more(t) {
        let w = t.world().await;
        let target = t.open_conversation(w.user).await.id;
        let mut merged = Vec::new();
        for _ in 0..limits::MERGED {
            let one = t.open_conversation(w.user).await.id;
            t.merge_into(&w, one, target).await;
            merged.push(one);
        }
        let more = t.open_conversation(w.user).await.id;
        let refused = t.db.write(t.merging(more, w.ana(), Some(target))).await;
        assert!(matches!(refused, Err(Error::Limit(_))));
        // One that has come apart makes room.
        t.send(merged[3], w.user(), "hello").await;
        t.merge_into(&w, more, target).await;
        assert_eq!(header(t, &w, target).await.merged.len(), limits::MERGED);
    }
}
