use tidings_protocol::change::{Catchup, ChangeKind, ChangePage};
use tidings_protocol::cursor::{Cursor, Epoch};
use tidings_protocol::limits;
use tidings_store::{Error, team_feed, user_feed};

/// As many changes as one answer holds.
const CHANGES: usize = 1_000;

fn page<C>(catchup: Catchup<C>) -> ChangePage<C> {
    match catchup {
        Catchup::Changes(page) => page,
        Catchup::Reset => panic!("reset"),
    }
}

both! {
    async fn a_page_holds_changes_in_order_and_each_header_once(t) {
        let w = t.world().await;
        let start = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        let first = t.open_conversation(w.user).await.id;
        let second = t.open_conversation(w.user).await.id;
        t.send(first, w.user(), "one").await;
        let two = t.send(first, w.ana(), "two").await;
        let all = page(t.db.user_changes(w.user, start, 100).await.unwrap());
        assert_eq!(all.changes.iter().map(|change| change.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(all.changes[1].kind, ChangeKind::ConversationOpened);
        assert_eq!(all.changes[3].message, Some(two));
        assert_eq!((all.conversations.len(), all.more, all.cursor.seq), (2, false, 4));
        let piece = page(t.db.user_changes(w.user, Cursor { seq: 2, ..start }, 1).await.unwrap());
        assert_eq!((piece.changes.len(), piece.more, piece.cursor.seq), (1, true, 3));
        assert_eq!(piece.conversations.len(), 1);
        assert_eq!((piece.conversations[0].id, piece.conversations[0].last_seq), (first, 2), "headers may be ahead");
        let nothing = page(t.db.user_changes(w.user, all.cursor, 100).await.unwrap());
        assert!(nothing.changes.is_empty() && nothing.conversations.is_empty() && !nothing.more);
        assert_eq!(nothing.cursor, all.cursor);
        let team = page(t.db.team_changes(w.team, start, 100).await.unwrap());
        assert_eq!((team.changes.len(), team.conversations.len()), (4, 2));
        assert!(team.conversations.iter().any(|conversation| conversation.id == second));
        let others = page(t.db.user_changes(w.other_user, start, 100).await.unwrap());
        assert!(others.changes.is_empty());
    }

    async fn one_answer_holds_a_day_away_and_is_bounded(t) {
        let w = t.world().await;
        let start = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        let ids = [t.open_conversation(w.user).await.id, t.open_conversation(w.user).await.id];
        let sends = (0..CHANGES).map(|n| t.db.write(t.message(ids[n % 2], w.user(), &n.to_string())));
        futures_util::future::try_join_all(sends).await.unwrap();
        let one = page(t.db.user_changes(w.user, start, i64::MAX).await.unwrap());
        assert_eq!((one.changes.len(), one.conversations.len(), one.more), (CHANGES, 2, true));
        let rest = page(t.db.user_changes(w.user, one.cursor, i64::MAX).await.unwrap());
        assert_eq!((rest.changes.len(), rest.more), (2, false));
        let seqs: Vec<_> = one.changes.iter().chain(&rest.changes).map(|change| change.seq).collect();
        assert_eq!(seqs, (1..=limits::CHANGES + 2).collect::<Vec<_>>());
        for limit in [1, 255, 256, 257, 512, 999] {
            let part = page(t.db.team_changes(w.team, start, limit).await.unwrap());
            assert_eq!((i64::try_from(part.changes.len()).unwrap(), part.more), (limit, true));
            assert_eq!(part.cursor.seq, limit);
        }
    }

    async fn one_answer_is_bounded_in_bytes(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let start = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        let long = "x".repeat(limits::TEXT_BYTES);
        let sends = (0..70).map(|_| t.db.write(t.message(id, w.user(), &long)));
        futures_util::future::try_join_all(sends).await.unwrap();
        let first = page(t.db.user_changes(w.user, start, i64::MAX).await.unwrap());
        let full = limits::CHANGES_BYTES / limits::TEXT_BYTES;
        assert_eq!((first.changes.len(), first.more), (full, true));
        let rest = page(t.db.user_changes(w.user, first.cursor, i64::MAX).await.unwrap());
        assert_eq!((rest.changes.len(), rest.more), (70 - full, false));
    }

    async fn one_answer_is_bounded_in_conversations(t) {
        let w = t.world().await;
        let start = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        for _ in 0..limits::CHANGES_CONVERSATIONS + 3 {
            t.open_conversation(w.user).await;
        }
        let first = page(t.db.user_changes(w.user, start, i64::MAX).await.unwrap());
        assert_eq!((first.conversations.len(), first.more), (limits::CHANGES_CONVERSATIONS, true));
        let ids: Vec<_> = first.conversations.iter().map(|header| header.id).collect();
        assert!(ids.is_sorted(), "each once, in a known order");
        let rest = page(t.db.user_changes(w.user, first.cursor, i64::MAX).await.unwrap());
        assert_eq!((rest.conversations.len(), rest.more), (3, false));
    }

    async fn a_cursor_that_cannot_go_on_is_reset(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        for n in 0..4 {
            t.send(id, w.user(), &n.to_string()).await;
        }
        let now = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        assert_eq!(now.seq, 5);
        let other_history = Cursor { epoch: Epoch::from_bits(7), seq: 2 };
        let ahead = Cursor { seq: 6, ..now };
        for cursor in [other_history, ahead] {
            assert_eq!(t.db.user_changes(w.user, cursor, 10).await.unwrap(), Catchup::Reset);
            assert_eq!(t.db.team_changes(w.team, cursor, 10).await.unwrap(), Catchup::Reset);
        }
        t.sql("UPDATE feeds SET first_seq = 4 WHERE last_seq >= 4; DELETE FROM changes WHERE seq < 4").await;
        assert_eq!(t.db.user_changes(w.user, Cursor { seq: 2, ..now }, 10).await.unwrap(), Catchup::Reset);
        let rest = page(t.db.user_changes(w.user, Cursor { seq: 3, ..now }, 10).await.unwrap());
        assert_eq!(rest.changes.iter().map(|change| change.seq).collect::<Vec<_>>(), [4, 5]);
    }

    async fn unknown_owners_have_no_feed(t) {
        let w = t.world().await;
        let cursor = t.db.user_bootstrap(w.user, 10).await.unwrap().cursor;
        assert!(matches!(t.db.user_bootstrap(t.id(), 10).await, Err(Error::NotFound)));
        assert!(matches!(t.db.agent_bootstrap(t.id(), 10).await, Err(Error::NotFound)));
        assert!(matches!(t.db.user_changes(t.id(), cursor, 10).await, Err(Error::NotFound)));
        assert!(matches!(t.db.team_changes(t.id(), cursor, 10).await, Err(Error::NotFound)));
    }

    async fn a_first_screen_is_complete(t) {
        let w = t.world().await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(t.open_conversation(w.user).await.id);
        }
        t.send(ids[0], w.ana(), "a").await;
        t.send(ids[0], w.ana(), "b").await;
        t.send(ids[1], w.ben(), "c").await;
        let user = t.db.user_bootstrap(w.user, 2).await.unwrap();
        assert_eq!(user.conversations.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[1], ids[0]]);
        assert_eq!((user.unread, user.cursor.seq, user.cursor.epoch), (3, 6, t.db.epoch()));
        let (rest, end) = t.db.user_conversations(w.user, user.next, 2).await.unwrap();
        assert_eq!((rest.len(), rest[0].id, end), (1, ids[2], None));
        let agent = t.db.agent_bootstrap(w.ana, 50).await.unwrap();
        assert_eq!(agent.teams.len(), 1);
        assert_eq!((agent.teams[0].id, agent.teams[0].cursor.seq), (w.team, 6));
        assert_eq!((agent.agents.len(), agent.counts.all, agent.conversations.len(), agent.next), (3, 3, 3, None));
        let stranger = t.db.agent_bootstrap(w.stranger, 50).await.unwrap();
        assert!(stranger.conversations.is_empty());
        assert_eq!(stranger.teams[0].cursor.seq, 0);
    }

    async fn heads_tell_how_far_feeds_are(t) {
        let w = t.world().await;
        t.open_conversation(w.user).await;
        let mut ids = vec![user_feed(w.user), team_feed(w.team), user_feed(w.other_user)];
        ids.extend((0..100).map(|_| user_feed(t.id())));
        let mut heads = t.db.feed_heads(&ids).await.unwrap();
        heads.sort_unstable();
        let mut expected = vec![(ids[0], 1), (ids[1], 1), (ids[2], 0)];
        expected.sort_unstable();
        assert_eq!(heads, expected);
        assert_eq!(t.db.feed_heads(&[]).await.unwrap(), []);
    }

    async fn a_commit_announces_what_it_changed_before_it_is_answered(t) {
        let w = t.world().await;
        t.commits.lock().unwrap().clear();
        let id = t.open_conversation(w.user).await.id;
        let announced = t.commits.lock().unwrap().clone();
        assert_eq!(announced.len(), 1);
        let feeds: Vec<_> = announced[0].feeds.iter().map(|growth| (growth.feed, growth.last_seq)).collect();
        assert_eq!(feeds, [(user_feed(w.user), 1), (team_feed(w.team), 1)]);
        t.commits.lock().unwrap().clear();
        assert!(t.db.write(t.message(id, w.stranger(), "no")).await.is_err());
        assert!(t.commits.lock().unwrap().iter().all(|committed| committed.feeds.is_empty()));
    }
}
