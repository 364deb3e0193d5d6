//! The server is killed again and again while people send: nothing acknowledged is lost, nothing is doubled, no
//! number is skipped.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{bail, ensure};
use tidings_protocol::Seq;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::Message;
use tidings_trials::clock;
use tidings_trials::history::text_of;
use tidings_trials::phone::{Phone, Sent};
use tidings_trials::scene::{Database, Scene};
use tokio::task::JoinSet;

const KILLS: usize = 4;
/// Users with a thread each; each has two devices that write into it at the same time.
const USERS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kills_on_sqlite() -> anyhow::Result<()> {
    kill_while_sending(Database::Sqlite).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kills_on_postgres() -> anyhow::Result<()> {
    kill_while_sending(Database::Postgres).await
}

async fn kill_while_sending(database: Database) -> anyhow::Result<()> {
    let scene = Scene::new(database)?;
    let mut server = scene.start().await?;
    let over = Arc::new(AtomicBool::new(false));
    let mut threads = Vec::new();
    let mut senders = JoinSet::new();
    for user in 0..USERS {
        let mut phone = scene.phone().await?;
        let before = phone.bootstrap().await?.cursor;
        let conversation = phone.open_conversation(None).await?;
        for _ in 0..2 {
            let phone = phone.beside(server.address())?;
            senders.spawn(send_until(phone, user, conversation, Arc::clone(&over)));
        }
        threads.push((phone, conversation, before, Ledger::default()));
    }
    for kill in 0..KILLS {
        // Never the same moment of a batch twice.
        let [random] = clock::random();
        tokio::time::sleep(Duration::from_millis(150 + 97 * u64::try_from(kill)? + u64::from(random))).await;
        server.kill()?;
        server.start_again().await?;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    over.store(true, Ordering::Relaxed);
    while let Some(done) = senders.join_next().await {
        let (user, ledger): (usize, Ledger) = done??;
        threads[user].3.tried.extend(ledger.tried);
        threads[user].3.acknowledged.extend(ledger.acknowledged);
    }
    // Once more: what was acknowledged last must have been on disk, too.
    server.kill()?;
    server.start_again().await?;

    let mut acknowledged = 0;
    for (phone, conversation, before, ledger) in &mut threads {
        let messages = phone.all_messages(*conversation).await?;
        check(&messages, ledger)?;
        acknowledged += ledger.acknowledged.len();

        // The feed tells the same, without a hole: the opening, then each message once.
        let (mut cursor, mut next, mut told) = (*before, before.seq + 1, Vec::new());
        loop {
            let page = phone.changes(cursor).await?;
            for change in page.changes {
                assert_eq!(change.seq, next, "a hole in the feed");
                next += 1;
                told.push(change.message.map(|message| message.id));
            }
            cursor = page.cursor;
            if !page.more {
                break;
            }
        }
        assert_eq!(told.remove(0), None);
        assert_eq!(told, messages.iter().map(|message| Some(message.id)).collect::<Vec<_>>());
    }
    assert!(acknowledged > USERS * KILLS, "only {acknowledged} messages were sent: this proves nothing");
    println!("{acknowledged} acknowledged messages on {} survived {KILLS} kills", database.name());
    Ok(())
}

/// Sends one message after the other; each is repeated until its outcome is known, as a phone does.
async fn send_until(
    mut phone: Phone,
    user: usize,
    conversation: ConversationId,
    over: Arc<AtomicBool>,
) -> anyhow::Result<(usize, Ledger)> {
    let mut ledger = Ledger::default();
    while !over.load(Ordering::Relaxed) {
        let id = clock::new_id(MessageId::from_parts);
        let text = format!("message {} of user {user}", ledger.tried.len());
        ledger.tried.insert(id, text.clone());
        loop {
            match phone.send(conversation, id, &text).await? {
                Sent::Acknowledged(message) => {
                    ledger.acknowledged.insert(id, message.seq);
                    break;
                }
                Sent::Unknown => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
    Ok((user, ledger))
}

/// What a sender knows of its own sends to one thread.
#[derive(Debug, Default)]
struct Ledger {
    /// Everything that was tried, acknowledged or not, with its text.
    tried: HashMap<MessageId, String>,
    /// The number that each acknowledgement told.
    acknowledged: HashMap<MessageId, Seq>,
}

/// Nothing acknowledged is lost or renumbered, nothing is there twice, numbers have no hole, and nothing is there
/// that nobody sent.
fn check(messages: &[Message], ledger: &Ledger) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    for (index, message) in messages.iter().enumerate() {
        let expected = Seq::try_from(index)? + 1;
        ensure!(message.seq == expected, "a hole: number {} stands where {expected} should", message.seq);
        ensure!(seen.insert(message.id), "doubled: {} is there twice", message.id);
        let Some(text) = ledger.tried.get(&message.id) else { bail!("{} was never sent", message.id) };
        ensure!(text_of(message) == *text, "{} says something else than was sent", message.id);
        if let Some(told) = ledger.acknowledged.get(&message.id) {
            ensure!(*told == message.seq, "{} was acknowledged as {told} and is {}", message.id, message.seq);
        }
    }
    let lost: Vec<_> = ledger.acknowledged.keys().filter(|id| !seen.contains(*id)).collect();
    ensure!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    Ok(())
}
