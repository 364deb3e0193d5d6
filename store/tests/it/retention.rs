use tidings_protocol::change::Catchup;
use tidings_protocol::conversation::ConversationState;
use tidings_protocol::id::ConversationId;
use tidings_protocol::search::SearchIn;
use tidings_store::Error;
use tidings_store::conversations::SetState;
use tidings_store::messages::Range;
use tidings_store::receipts::{MoveTeamReceipt, MoveUserReceipt};
use tidings_store::retention::{Kept, SetRetention, TrimConversation, TrimFeed};
use tidings_store::search::{IndexFeed, Indexed};
use uuid::Uuid;

use crate::trial::{Trial, World};

async fn index(t: &Trial, w: &World) {
    while t.db.write(IndexFeed { team_id: w.team, limit: 100 }).await.unwrap() == Indexed::GoesOn {}
}

/// Takes all changes that were made before now.
async fn trim(t: &Trial) -> u64 {
    let before = t.now();
    let mut gone = 0;
    for feed in t.db.old_feeds(Uuid::nil(), before, 100).await.unwrap() {
        gone += t.db.write(TrimFeed { feed, before, limit: 100 }).await.unwrap();
    }
    gone
}

async fn close(t: &Trial, w: &World, id: ConversationId) {
    let state = ConversationState::Closed;
    t.db.write(SetState { actor: w.ana(), conversation_id: id, state, now: t.now() }).await.unwrap();
}

both! {
    async fn old_changes_go_and_older_cursors_begin_again(t) {
        let w = t.world().await;
        let start = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        let c = t.open_conversation(w.user).await;
        t.send(c.id, w.user(), "one").await;
        let between = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        index(t, &w).await;
        assert_eq!(trim(t).await, 4);
        assert!(matches!(t.db.user_changes(w.user, start, 10).await.unwrap(), Catchup::Reset));
        // Whoever has seen all of it goes on.
        let Catchup::Changes(page) = t.db.user_changes(w.user, between, 10).await.unwrap() else { panic!() };
        assert!(page.changes.is_empty());
        t.send(c.id, w.user(), "two").await;
        let Catchup::Changes(page) = t.db.user_changes(w.user, between, 10).await.unwrap() else { panic!() };
        assert_eq!(page.changes.iter().map(|change| change.seq).collect::<Vec<_>>(), [between.seq + 1]);
    }

    async fn what_search_has_not_read_stays(t) {
        let w = t.world().await;
        let c = t.open_conversation(w.user).await;
        t.send(c.id, w.user(), "parcel").await;
        // The user's own two; the team's are still wanted.
        assert_eq!(trim(t).await, 2);
        index(t, &w).await;
        assert_eq!(trim(t).await, 2);
        let query = "parcel".parse().unwrap();
        let hits = t.db.search_as_agent(w.ana, &query, SearchIn::Messages, None, 9, t.now()).await.unwrap();
        assert_eq!(hits.hits.len(), 1);
    }

    /// Law 3 after retention: history begins later, and from there on it has no hole.
    async fn a_trimmed_history_begins_later_without_a_hole(t) {
        let w = t.world().await;
        let c = t.open_conversation(w.user).await;
        for n in 1..=10 {
            t.send(c.id, w.user(), &format!("parcel {n}")).await;
        }
        index(t, &w).await;
        let trim = || TrimConversation { id: c.id, before: t.now(), limit: 4 };
        assert_eq!(t.db.write(trim()).await.unwrap(), 0, "it is open");
        close(t, &w, c.id).await;
        assert_eq!(t.db.write(TrimConversation { before: c.created_at, ..trim() }).await.unwrap(), 0);
        let mut gone = 0;
        loop {
            let rows = t.db.write(trim()).await.unwrap();
            gone += rows;
            if rows == 0 { break }
            let kept = t.db.messages(c.id, Range::After(0), 100).await.unwrap();
            let seqs: Vec<_> = kept.messages.iter().map(|message| message.seq).collect();
            let first = i64::try_from(gone).unwrap() + 1;
            assert_eq!(seqs, (first..=10).collect::<Vec<_>>());
        }
        assert_eq!(gone, 9, "the last one stays");
        assert_eq!(t.number("SELECT first_seq FROM conversations").await, 10);
        let query = "parcel".parse().unwrap();
        assert_eq!(t.db.search_as_user(w.user, &query, None, 100, t.now()).await.unwrap().hits.len(), 1);
        // Numbers go on where they were.
        assert_eq!(t.send(c.id, w.user(), "again").await.seq, 11);
    }

    /// Law 7 after retention: what is unread is counted from messages that are still there.
    async fn law_7_what_is_unread_does_not_change(t) {
        let w = t.world().await;
        let c = t.open_conversation(w.user).await;
        for n in 0..6 {
            t.send(c.id, w.user(), &format!("question {n}")).await;
            t.send(c.id, w.ana(), &format!("answer {n}")).await;
        }
        let read = MoveUserReceipt {
            user_id: w.user, conversation_id: c.id, delivered_seq: 8, read_seq: 5, from: None,
            now: t.now(),
        };
        t.db.write(read).await.unwrap();
        let read = MoveTeamReceipt { agent_id: w.ana, conversation_id: c.id, read_seq: 9, now: t.now() };
        t.db.write(read).await.unwrap();
        close(t, &w, c.id).await;
        let user = t.db.user_conversation(w.user, c.id).await.unwrap().unwrap();
        let team = t.db.team_conversation(w.ana, c.id).await.unwrap().unwrap();
        while t.db.write(TrimConversation { id: c.id, before: t.now(), limit: 3 }).await.unwrap() > 0 {}
        assert_eq!(t.number("SELECT MIN(seq) FROM messages").await, 5);
        assert_eq!(t.db.user_conversation(w.user, c.id).await.unwrap().unwrap(), user);
        assert_eq!(t.db.team_conversation(w.ana, c.id).await.unwrap().unwrap(), team);
        assert!(user.unread > 0);
    }

    async fn how_long_is_said_by_workspace_and_app(t) {
        let w = t.world().await;
        let set = |kept, days| SetRetention { kept, days, workspace_id: w.workspace, by: t.by() };
        let retention = t.db.retention(w.workspace).await.unwrap();
        assert_eq!((retention.change_days, retention.message_days), (30, None));
        t.db.write(set(Kept::Changes, Some(7))).await.unwrap();
        t.db.write(set(Kept::Messages(w.workspace), Some(365))).await.unwrap();
        t.db.write(set(Kept::MessagesOf(w.workspace, w.app), Some(90))).await.unwrap();
        let retention = t.db.retention(w.workspace).await.unwrap();
        assert_eq!((retention.change_days, retention.message_days), (7, Some(365)));
        assert_eq!(retention.apps, [(w.app, 90)]);
        t.db.write(set(Kept::MessagesOf(w.workspace, w.app), None)).await.unwrap();
        assert!(t.db.retention(w.workspace).await.unwrap().apps.is_empty());
        assert!(matches!(t.db.write(set(Kept::Changes, Some(0))).await, Err(Error::Refused(_))));
    }
}
