use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tidings_store::messages::Range;
use tidings_store::{Command, Error, Fault, Result, Tx};
use uuid::Uuid;

/// Holds its lane for a while, so that what comes after it makes one batch.
pub(crate) struct Hold(pub(crate) Uuid);

impl Command for Hold {
    type Output = ();

    async fn apply(&self, _: &mut Tx<'_>) -> Result<()> {
        tokio::time::sleep(Duration::from_millis(150)).await;
        Ok(())
    }

    fn lane(&self) -> Option<Uuid> {
        Some(self.0)
    }
}

/// A mistake of ours.
struct Explode;

impl Command for Explode {
    type Output = ();

    async fn apply(&self, _: &mut Tx<'_>) -> Result<()> {
        panic!("a planted panic");
    }
}

both! {
    async fn one_that_fails_takes_nobody_with_it(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.commits.lock().unwrap().clear();
        let before = t.db.write_metrics();
        let holding = t.db.write(Hold(id.uuid()));
        let batch = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            join_all((0..9).map(|n| {
                let actor = if n % 3 == 1 { w.stranger() } else { w.ana() };
                t.db.write(t.message(id, actor, &n.to_string()))
            })).await
        };
        let (first, results) = tokio::join!(holding, batch);
        first.unwrap();
        for (n, result) in results.iter().enumerate() {
            assert_eq!(matches!(result, Err(Error::NotFound)), n % 3 == 1);
        }
        let list = t.db.messages(id, Range::Newest, 100).await.unwrap().messages;
        assert_eq!(list.iter().map(|message| message.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        // They were one batch: one commit announced all of them, and the refused ones left no change and no job.
        let after = t.db.write_metrics();
        let (sizes, were) = (after.batch_commands, before.batch_commands);
        assert_eq!(sizes.count - were.count, 2);
        let added: Vec<_> = sizes.at_most.iter().zip(were.at_most).map(|(now, before)| now.1 - before.1).collect();
        assert_eq!(added, [1, 1, 1, 1, 2, 2, 2, 2, 2], "one batch of one command, one of nine");
        let announced = t.commits.lock().unwrap().clone();
        let feeds: Vec<_> = announced.iter().flat_map(|committed| committed.feeds.iter().map(|growth| growth.last_seq)).collect();
        assert_eq!(feeds, [7, 7]);
        assert_eq!(t.db.job_counts().await.unwrap().waiting, 6);
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, 14);
        assert_eq!(after.commit_seconds.count, sizes.count);
        assert!(after.commit_seconds.sum > before.commit_seconds.sum && after.queued == 0);
    }

    async fn a_dropped_write_does_no_harm(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        for n in 0..20 {
            let write = t.db.write(t.message(id, w.user(), &n.to_string()));
            let _ = tokio::time::timeout(Duration::from_micros(n * 50), write).await;
        }
        t.send(id, w.user(), "last").await;
        let list = t.db.messages(id, Range::After(0), 100).await.unwrap().messages;
        let seqs: Vec<_> = list.iter().map(|message| message.seq).collect();
        assert_eq!(seqs, (1..=i64::try_from(list.len()).unwrap()).collect::<Vec<_>>());
        assert_eq!(list.last().unwrap().parts[0].as_text(), Some("last"));
    }

    async fn what_is_queued_is_written_before_closing(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        let second = t.another(1).await.unwrap();
        let holding = second.write(Hold(id.uuid()));
        let sends = join_all((0..10).map(|n| second.write(t.message(id, w.user(), &n.to_string()))));
        let close = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            second.clone().close().await;
        };
        let (first, sent, ()) = tokio::join!(holding, sends, close);
        first.unwrap();
        assert!(sent.iter().all(Result::is_ok));
        assert_eq!(t.db.messages(id, Range::Newest, 100).await.unwrap().messages.len(), 10);
        assert!(matches!(second.write(t.message(id, w.user(), "late")).await, Err(Error::Unavailable)));
    }

    async fn the_epoch_is_that_of_the_database(t) {
        let another = t.another(42).await.unwrap();
        assert_eq!(another.epoch(), t.db.epoch());
        assert_eq!(t.db.epoch().to_string(), "9f3a1c0b7d2e4f60");
        another.close().await;
    }

    async fn a_newer_schema_is_refused(t) {
        t.sql("UPDATE meta SET value = '999' WHERE name = 'schema'").await;
        let Err(Error::Internal(fault)) = t.another(1).await.map(|_| ()) else { panic!("was opened") };
        assert!(matches!(fault, Fault::NewerSchema { found: 999, .. }));
        assert!(fault.to_string().contains("999"), "{fault}");
    }

    async fn a_store_that_answers_is_pinged_quickly(t) {
        let started = Instant::now();
        t.db.ping().await.unwrap();
        assert!(started.elapsed() < Duration::from_secs(2));
        assert!(["sqlite", "postgres"].contains(&t.db.backend()));
    }
}

async fn a_panic_is_fatal(t: crate::trial::Trial) {
    t.world().await;
    assert!(matches!(t.db.write(Explode).await, Err(Error::Unavailable)));
    for _ in 0..100 {
        if !t.fatal.lock().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(t.fatal.lock().unwrap().len(), 1);
    assert!(matches!(t.db.write(Explode).await, Err(Error::Unavailable)));
    t.clear().await;
}

#[tokio::test]
async fn a_panic_is_fatal_on_sqlite() {
    a_panic_is_fatal(crate::trial::Trial::sqlite().await).await;
}

#[tokio::test]
async fn a_panic_is_fatal_on_postgres() {
    a_panic_is_fatal(crate::trial::Trial::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_and_readers_of_postgres_come_back_after_their_connections_were_cut() {
    let t = crate::trial::Trial::postgres().await;
    let w = t.world().await;
    let id = t.open_conversation(w.user).await.id;
    for n in 1..=3 {
        // The connections of this test bear the name of its schema.
        let cut = "
            SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name = current_schema() AND pid <> pg_backend_pid()";
        assert!(t.number(cut).await >= 1);
        let sent = t.send(id, w.user(), "still here").await;
        assert_eq!(sent.seq, n);
        let read = t.db.messages(id, Range::Newest, 1).await.unwrap().messages;
        assert_eq!(read, [sent]);
    }
    t.end().await;
}
