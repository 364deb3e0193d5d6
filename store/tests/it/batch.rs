//! What happens to a batch in which one cannot be stored, and to one that stands in somebody else's way.

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tidings_protocol::id::ConversationId;
use tidings_protocol::message::Message;
use tidings_store::messages::Range;
use tidings_store::{Actor, Created, DatabaseUrl, Db, Error, Result};

use crate::trial::Trial;
use crate::writer::Hold;

/// Refuses a message that says so when its row is written, which is at the end of its batch.
const POISON_SQLITE: &str = "
    CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.parts LIKE '%poison%'
    BEGIN SELECT RAISE(ABORT, 'poison'); END";
const POISON_POSTGRES: &str = "ALTER TABLE messages ADD CONSTRAINT poison CHECK (parts NOT LIKE '%poison%')";

/// Sends these at once, behind a command that holds the lane, so that they are one batch.
async fn in_one_batch<const N: usize>(
    t: &Trial,
    (db, id): (&Db, ConversationId),
    author: Actor,
    words: [&str; N],
) -> Vec<Sent> {
    let holding = db.write(Hold(id.uuid()));
    let batch = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        join_all(words.map(|words| db.write(t.message(id, author, words)))).await
    };
    let (held, sent) = tokio::join!(holding, batch);
    held.unwrap();
    sent
}

type Sent = Result<Created<Message>>;

async fn log_of(t: &Trial, id: ConversationId) -> Vec<(i64, String)> {
    let log = t.db.messages(id, Range::After(0), 100).await.unwrap().messages;
    log.iter().map(|message| (message.seq, message.parts[0].as_text().unwrap().to_owned())).collect()
}

fn numbered(words: &[&str]) -> Vec<(i64, String)> {
    (1..).zip(words.iter().map(|words| (*words).to_owned())).collect()
}

both! {
    async fn law_3_one_that_cannot_be_stored_takes_nobody_with_it_and_leaves_no_hole(t) {
        let w = t.world().await;
        let id = t.open_conversation(w.user).await.id;
        t.sql(if t.db.backend() == "sqlite" { POISON_SQLITE } else { POISON_POSTGRES }).await;
        let words = ["one", "two", "poison", "three", "poison too", "four"];
        let sent = in_one_batch(t, (&t.db, id), w.ana(), words).await;
        for (words, sent) in words.iter().zip(&sent) {
            assert_eq!(matches!(sent, Err(Error::Internal(_))), words.contains("poison"), "{words}: {sent:?}");
        }
        assert_eq!(log_of(t, id).await, numbered(&["one", "two", "three", "four"]));
        assert_eq!(t.db.job_counts().await.unwrap().waiting, 4, "a push for each that stands");
        assert_eq!(t.number("SELECT COUNT(*) FROM changes").await, 10, "an opening and four messages, in two feeds");
        // The next batch trusts again.
        t.send(id, w.user(), "five").await;
        assert_eq!(t.db.user_conversation(w.user, id).await.unwrap().unwrap().last_seq, 5);
    }
}

/// A transaction of somebody else, on the same database.
struct Rival(PgConnection);

impl Rival {
    async fn of(t: &Trial) -> Self {
        let DatabaseUrl::Postgres(url) = &t.url else { panic!("only for PostgreSQL") };
        let mut rival = Self(PgConnection::connect(url).await.unwrap());
        // Whoever waits for the rival finds out about a deadlock, never the rival.
        rival.run("SET deadlock_timeout = '1h'; BEGIN".to_owned()).await;
        rival
    }

    async fn run(&mut self, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut self.0).await.expect(&sql);
    }

    async fn commit(mut self) {
        self.run("COMMIT".to_owned()).await;
    }
}

/// Until somebody of this test waits for a lock.
async fn until_someone_waits(t: &Trial) {
    const WAITING: &str = "
        SELECT COUNT(*) FROM pg_stat_activity
        WHERE application_name = current_schema() AND wait_event_type = 'Lock'";
    for _ in 0..500 {
        if t.number(WAITING).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn law_2_an_id_that_another_node_took_in_the_meantime_is_refused_and_its_neighbours_stand() {
    let t = Trial::postgres().await;
    let w = t.world().await;
    let (id, other) = (t.open_conversation(w.user).await.id, t.open_conversation(w.other_user).await.id);
    let contested = t.message(id, w.ana(), "mine");
    let mut rival = Rival::of(&t).await;
    rival
        .run(format!(
            "INSERT INTO messages (conversation_id, seq, id, author_kind, parts, user_count, sent_at)
            VALUES ('{}', 1, '{}', 'system', '[]', 0, 0);
            UPDATE conversations SET last_seq = 1 WHERE id = '{}'",
            other.uuid(),
            contested.id.uuid(),
            other.uuid()
        ))
        .await;
    let holding = t.db.write(Hold(id.uuid()));
    let before = t.db.write(t.message(id, w.ana(), "before"));
    let contesting = t.db.write(contested);
    let after = t.db.write(t.message(id, w.ana(), "after"));
    let winning = async {
        until_someone_waits(&t).await;
        rival.commit().await;
    };
    let (held, before, contested, after, ()) = tokio::join!(holding, before, contesting, after, winning);
    held.unwrap();
    assert!(matches!(contested, Err(Error::IdConflict)), "{contested:?}");
    assert_eq!((before.unwrap().value.seq, after.unwrap().value.seq), (1, 2));
    assert_eq!(log_of(&t, id).await, numbered(&["before", "after"]));
    t.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_was_chosen_to_end_a_deadlock_is_tried_again_and_then_right() {
    let t = Trial::postgres().await;
    let w = t.world().await;
    let id = t.open_conversation(w.user).await.id;
    let mut rival = Rival::of(&t).await;
    rival.run(format!("SELECT 1 FROM feeds WHERE id = '{}' FOR UPDATE", w.team.uuid())).await;
    let sending = in_one_batch(&t, (&t.db, id), w.ana(), ["one", "two"]);
    let closing_the_circle = async {
        until_someone_waits(&t).await;
        // The batch holds the conversation and waits for the feed. Whoever gets the conversation now shows that the
        // batch was rolled back (40P01): it cannot have been committed.
        rival.run(format!("SELECT 1 FROM conversations WHERE id = '{}' FOR UPDATE", id.uuid())).await;
        rival.commit().await;
    };
    let (sent, ()) = tokio::join!(sending, closing_the_circle);
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert_eq!(log_of(&t, id).await, numbered(&["one", "two"]));
    assert_eq!(t.db.job_counts().await.unwrap().waiting, 2);
    t.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_could_not_be_serialized_is_tried_again_and_then_right() {
    let t = Trial::postgres().await;
    let w = t.world().await;
    let id = t.open_conversation(w.user).await.id;
    // An operator's setting that makes 40001 possible: a row that changed after the snapshot cannot be locked.
    let DatabaseUrl::Postgres(url) = &t.url else { panic!("only for PostgreSQL") };
    let strict = format!("{url}&options[default_transaction_isolation]=repeatable%20read");
    let db = t.another_at(DatabaseUrl::Postgres(strict)).await.unwrap();
    let mut rival = Rival::of(&t).await;
    rival.run(format!("UPDATE conversations SET title = 'theirs' WHERE id = '{}'", id.uuid())).await;
    let sending = in_one_batch(&t, (&db, id), w.ana(), ["one", "two"]);
    let winning = async {
        until_someone_waits(&t).await;
        rival.commit().await;
    };
    let (sent, ()) = tokio::join!(sending, winning);
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert_eq!(log_of(&t, id).await, numbered(&["one", "two"]));
    let header = t.db.user_conversation(w.user, id).await.unwrap().unwrap();
    assert_eq!(header.title.unwrap().as_str(), "theirs", "what the other wrote stands");
    db.close().await;
    t.end().await;
}
