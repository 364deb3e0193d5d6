use std::sync::Arc;

use tidings_store::DatabaseUrl;
use tidings_store::doctor::{Depth, Fault, Scanned, commit_times, examine, scan};
use tidings_store::receipts::MoveUserReceipt;

use crate::devices::with_token;
use crate::trial::{Trial, World};

async fn scanned(t: &Trial) -> Scanned {
    scan(&t.url, Depth::All, &(Arc::new(|_| {}) as tidings_store::archive::OnProgress)).await.unwrap()
}

/// Two threads, read in part.
async fn talk(t: &Trial) -> World {
    let w = t.world().await;
    for _ in 0..2 {
        let id = t.open_conversation(w.user).await.id;
        for _ in 0..3 {
            t.send(id, w.user(), "hello").await;
            t.send(id, w.ana(), "good day").await;
        }
        let receipt = MoveUserReceipt {
            user_id: w.user,
            conversation_id: id,
            delivered_seq: 5,
            read_seq: 3,
            from: None,
            now: t.now(),
        };
        t.db.write(receipt).await.unwrap();
    }
    w
}

both! {
    async fn a_sound_database_has_no_faults(t) {
        talk(t).await;
        let found = scanned(t).await;
        assert_eq!(found.faults, []);
        assert_eq!((found.conversations, found.messages, found.fault_count), (2, 12, 0));
        assert_eq!(found.changes, t.number("SELECT COUNT(*) FROM changes").await.unsigned_abs());
    }

    async fn a_message_that_is_missing_is_found(t) {
        talk(t).await;
        t.sql("DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE seq = 2 ORDER BY id LIMIT 1)").await;
        let found = scanned(t).await;
        assert!(matches!(found.faults[..], [Fault::Messages(_)]), "{found:?}");
    }

    async fn the_last_message_that_is_missing_is_found(t) {
        talk(t).await;
        t.sql("DELETE FROM messages WHERE seq = 6").await;
        assert_eq!(scanned(t).await.fault_count, 2);
    }

    async fn a_history_that_was_trimmed_begins_later_and_has_no_hole(t) {
        talk(t).await;
        t.sql("DELETE FROM messages WHERE seq < 3").await;
        assert_eq!(scanned(t).await.fault_count, 2);
        // Nothing is trimmed that somebody has not read.
        t.sql("UPDATE conversations SET first_seq = 3, team_read_seq = 3").await;
        assert_eq!(scanned(t).await.faults, []);
    }

    async fn a_change_that_is_missing_is_found(t) {
        let w = talk(t).await;
        t.sql("DELETE FROM changes WHERE seq = 4").await;
        let found = scanned(t).await;
        let user = Fault::Changes(tidings_store::user_feed(w.user));
        let team = Fault::Changes(tidings_store::team_feed(w.team));
        assert!(found.fault_count == 2 && found.faults.contains(&user) && found.faults.contains(&team), "{found:?}");
    }

    async fn a_wrong_unread_count_is_found(t) {
        talk(t).await;
        t.sql("UPDATE messages SET user_count = user_count + 1 WHERE seq = 3").await;
        let found = scanned(t).await;
        assert!(matches!(found.faults[..], [Fault::Unread(_), Fault::Unread(_)]), "{found:?}");
    }

    async fn a_database_tells_what_is_in_it(t) {
        let empty = examine(&t.url).await.unwrap();
        assert_eq!((empty.versions.found, empty.installation), (empty.versions.known, None));
        let w = talk(t).await;
        t.db.write(with_token(w.device, "token", t.now())).await.unwrap();
        t.sql("CREATE TABLE of_another (id BIGINT)").await;
        let facts = examine(&t.url).await.unwrap();
        match t.url {
            DatabaseUrl::Sqlite(_) => {
                assert_eq!(facts.settings["journal_mode"], "wal");
                assert_eq!(facts.settings["synchronous"], "2");
            }
            DatabaseUrl::Postgres(_) => assert_eq!(facts.settings["synchronous_commit"], "on"),
        }
        let found = facts.installation.unwrap();
        assert_eq!((found.agents, found.jobs.waiting, found.last_backup), (3, 6, None));
        assert!(found.newest.is_some());
        assert_eq!(found.unknown_tables, ["of_another"]);
        assert_eq!((found.apps.len(), found.apps[0].identity_keys), (1, 0));
        let push = &found.apps[0].push[0];
        assert!(push.credential.is_none() && push.devices == 1);
        let taken = commit_times(&t.url, 3).await.unwrap();
        assert_eq!(taken.map(|taken| taken.len()), matches!(t.url, DatabaseUrl::Postgres(_)).then_some(3));
    }
}
