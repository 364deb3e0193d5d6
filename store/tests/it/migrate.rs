//! A database of the first release becomes one of this release, with everything that is in it.

use tidings_protocol::id::{AgentId, UserId};
use tidings_store::archive::{Existing, Restore, restore};
use tidings_store::migrate::{Versions, versions};
use tidings_store::{DatabaseUrl, Error, Fault};
use uuid::Uuid;

use crate::trial::Trial;

const SCHEMA: &str = include_str!("../../../migrations/0001_first.sql");
const SCHEMA_POSTGRES: &str = include_str!("../../../migrations/postgres/0001_first.sql");
const META: &str = "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)";

/// The trial's place as the first release left it, after it had run for a while.
async fn first_release(t: &Trial) {
    t.db.clone().close().await;
    t.start_over().await;
    t.sql(META).await;
    t.sql(SCHEMA).await;
    let rows = match &t.url {
        DatabaseUrl::Sqlite(_) => include_str!("first_release/sqlite.sql"),
        DatabaseUrl::Postgres(_) => {
            t.sql(SCHEMA_POSTGRES).await;
            include_str!("first_release/postgres.sql")
        }
    };
    t.sql(rows).await;
}

/// Looks at what the rows of the first release say.
async fn check(t: &Trial) {
    let user = UserId::from(Uuid::from_u128(0x01a1_fd70_f1c0_7000_8000_0000_0000_000b));
    let snapshot = t.db.user_bootstrap(user, 100).await.unwrap();
    assert_eq!(snapshot.conversations.len(), 3);
    assert!(snapshot.conversations.iter().all(|conversation| conversation.last_seq == 10));
    assert_eq!(snapshot.unread, 13, "two of five were read in one of three");
    assert_eq!(snapshot.cursor.to_string(), "9f3a1c0b7d2e4f60.36");
    let ana = AgentId::from(Uuid::from_u128(0x01a1_fd70_f1c0_7000_8000_0000_0000_0005));
    assert_eq!(t.db.agent_bootstrap(ana, 100).await.unwrap().conversations.len(), 3, "one of four is closed");
    let jobs = t.db.job_counts().await.unwrap();
    assert_eq!((jobs.waiting, jobs.dead), (14, 1));
    assert_eq!(t.number("SELECT COUNT(*) FROM messages").await, 31);
    assert_eq!(t.number("SELECT COUNT(*) FROM notes").await, 1);
    // It goes on from there.
    t.open_conversation(user).await;
    assert_eq!(t.db.user_bootstrap(user, 1).await.unwrap().cursor.seq, 37);
}

both! {
    async fn a_database_of_the_first_release_is_migrated_with_what_is_in_it(t) {
        first_release(t).await;
        assert_eq!(versions(&t.url).await.unwrap().found, 1);
        let now = t.fresh().await;
        let known = versions(&t.url).await.unwrap();
        assert_eq!(known.found, known.known);
        check(&now).await;
        now.db.close().await;
    }

    async fn an_archive_of_the_first_release_is_restored_and_migrated(t) {
        first_release(t).await;
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("backup.tidings");
        let order = tidings_store::archive::Backup {
            from: t.url.clone(), to: from.clone(), now: t.now(), told: std::sync::Arc::new(|_| {}),
        };
        assert_eq!(tidings_store::archive::backup(order).await.unwrap().header.schema, 1);
        assert_eq!(versions(&t.url).await.unwrap().found, 1, "a backup migrates nothing");
        t.start_over().await;
        let order = Restore {
            from, to: t.url.clone(), existing: Existing::Keep, epoch_bits: 0x9f3a_1c0b_7d2e_4f60, now: t.now(),
            told: std::sync::Arc::new(|_| {}),
        };
        restore(order).await.unwrap();
        let now = t.fresh().await;
        check(&now).await;
        now.db.close().await;
    }

    async fn a_newer_database_is_refused_and_left_alone(t) {
        let Versions { known, .. } = versions(&t.url).await.unwrap();
        t.sql("UPDATE meta SET value = '4711' WHERE name = 'schema'").await;
        let refused = t.another(1).await.err();
        assert!(matches!(
            refused,
            Some(Error::Internal(Fault::NewerSchema { found: 4711, known: newest })) if newest == known
        ), "{refused:?}");
        assert_eq!(versions(&t.url).await.unwrap(), Versions { found: 4711, known });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_copied_before_it_is_migrated() {
    let t = Trial::sqlite().await;
    assert!(tidings_store::snapshots(&t.url).is_empty(), "an empty database needs no copy");
    first_release(&t).await;
    let now = t.fresh().await;
    now.db.close().await;
    let newest = versions(&t.url).await.unwrap().known;
    let found = tidings_store::snapshots(&t.url);
    assert_eq!(found.len(), usize::from(newest > 1));
    if let Some(snapshot) = found.first() {
        assert!(snapshot.display().to_string().ends_with("-from-version-1"), "{snapshot:?}");
        let was = DatabaseUrl::Sqlite(snapshot.clone());
        assert_eq!(versions(&was).await.unwrap().found, 1);
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(snapshot).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    t.end().await;
}
