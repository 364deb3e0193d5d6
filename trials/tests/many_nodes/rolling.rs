//! Nodes are restarted one after the other and Redis is killed again and again, while people write through what
//! stands in front of them: every send succeeds, at the latest when it is repeated once.
//!
//! `TIDINGS_TRIAL_SECONDS` makes it longer.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tidings_protocol::Seq;
use tidings_protocol::frame::{InboxServerFrame, TeamCursor};
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::Message;
use tidings_sdk_core::{Platform, SendState, User, Visibility};
use tidings_trials::agent::Agent;
use tidings_trials::clock;
use tidings_trials::cluster::Cluster;
use tidings_trials::front::Front;
use tidings_trials::furnish;
use tidings_trials::handset::{Handset, wait_sent, wait_shown};
use tidings_trials::phone::{Phone, Sent};
use tokio::task::JoinSet;

const SENDERS: usize = 6;
const SOON: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_rolled_and_redis_is_killed_while_people_write() -> anyhow::Result<()> {
    let seconds = std::env::var("TIDINGS_TRIAL_SECONDS").map_or(Ok(12), |text| text.parse())?;
    let (cluster, redis) = Cluster::with_redis().await?;
    let front = Front::start(vec![cluster.one.address(), cluster.two.address()]).await?;
    let over = Arc::new(AtomicBool::new(false));

    let mut agent =
        Agent::sign_in(front.address(), &cluster.scene.installation.email, furnish::PASSWORD).await?;
    let reader =
        tokio::spawn(read(agent.beside(front.address())?, agent.cursors().await?, Arc::clone(&over)));
    let mut senders = JoinSet::new();
    let mut threads = Vec::new();
    for _ in 0..SENDERS {
        let mut phone = Phone::anonymous(front.address(), cluster.scene.app_id()).await?;
        let conversation = phone.open_conversation(None).await?;
        threads.push((phone.beside(front.address())?, conversation));
        senders.spawn(write(phone, conversation, Arc::clone(&over)));
    }
    let handset = Handset {
        server_url: format!("http://{}", front.address()),
        app_id: cluster.scene.app_id(),
        folder: cluster.scene.folder("phone")?,
        platform: Platform::Ios,
    };
    let talk = tokio::spawn(talk(handset, agent, Arc::clone(&over)));

    let weather = tokio::spawn(cluster.roll(redis, Arc::clone(&over)));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    over.store(true, Ordering::Relaxed);
    let (cluster, _redis, rolled) = weather.await??;

    let mut sum = Tally::default();
    while let Some(tally) = senders.join_next().await {
        sum.add(tally??);
    }
    let seen = reader.await??;
    let said = talk.await??;
    for (phone, conversation) in &mut threads {
        check_order(&phone.all_messages(*conversation).await?, &sum.acknowledged)?;
    }
    println!(
        "{} messages, {} repeated once, {} failed; {rolled} restarts; {said} between a handset and an agent",
        sum.acknowledged.len(),
        sum.repeated,
        sum.failed
    );
    ensure!(sum.failed == 0, "{} sends failed although they were repeated", sum.failed);
    ensure!(rolled >= 2, "only {rolled} restarts: this proves nothing");
    let lost: Vec<_> = sum.acknowledged.difference(&seen).collect();
    ensure!(lost.is_empty(), "acknowledged and not seen by the agent: {lost:?}");
    cluster.stop().await
}

#[derive(Default)]
struct Tally {
    acknowledged: HashSet<MessageId>,
    repeated: usize,
    failed: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.repeated += other.repeated;
        self.failed += other.failed;
    }
}

/// Writes one message after the other; a send whose outcome is unknown is repeated.
async fn write(
    mut phone: Phone,
    conversation: ConversationId,
    over: Arc<AtomicBool>,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    while !over.load(Ordering::Relaxed) {
        let id = clock::new_id(MessageId::from_parts);
        let mut attempts = 0;
        while phone.send(conversation, id, "still there?").await? == Sent::Unknown {
            attempts += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
            ensure!(attempts < 100, "{id} could not be sent at all");
        }
        tally.repeated += usize::from(attempts == 1);
        tally.failed += usize::from(attempts > 1);
        tally.acknowledged.insert(id);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(tally)
}

/// Follows the agent's feeds on whichever node there is, until nothing more comes: each change once, without a hole.
async fn read(
    mut agent: Agent,
    mut cursors: Vec<TeamCursor>,
    over: Arc<AtomicBool>,
) -> anyhow::Result<HashSet<MessageId>> {
    let mut seen = HashSet::new();
    loop {
        let Ok(mut socket) = agent.socket_from(cursors.clone()).await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        loop {
            match tokio::time::timeout(Duration::from_secs(3), socket.frame()).await {
                Err(_) if over.load(Ordering::Relaxed) => return Ok(seen),
                Ok(Err(_)) => break,
                Ok(Ok(InboxServerFrame::Changes(changes))) => {
                    let cursor = cursors.iter_mut().find(|cursor| cursor.team_id == changes.team_id);
                    let cursor = &mut cursor.context("a team that was not asked for")?.cursor;
                    for change in changes.page.changes {
                        ensure!(change.seq == cursor.seq + 1, "{} follows {}", change.seq, cursor.seq);
                        cursor.seq = change.seq;
                        seen.extend(change.message.map(|message| message.id));
                    }
                }
                Err(_) | Ok(Ok(_)) => {}
            }
        }
    }
}

/// A handset with the SDK and an agent talk; both see the same in the end.
async fn talk(handset: Handset, mut agent: Agent, over: Arc<AtomicBool>) -> anyhow::Result<usize> {
    let client = handset.open().await?;
    client.sign_in(User::Anonymous).await?;
    client.set_visibility(Visibility::Foreground);
    let thread = client.start_conversation(None).await?;
    let (mut last_sent, mut last_reply) = (None, None);
    while !over.load(Ordering::Relaxed) {
        let id = thread.send_text("and now?").await?;
        wait_sent(&thread, id, SendState::Sent, SOON).await?;
        last_sent = Some(id);
        // The agent's page repeats a request that broke as well; here the next reply does.
        if let Ok(reply) = agent.reply(thread.id(), "one moment").await {
            last_reply = Some(reply.id);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let last_reply = last_reply.context("no reply succeeded")?;
    wait_shown(&thread, last_reply, SOON).await?;
    let shown: Vec<_> = thread.timeline().messages().await?.iter().map(|message| message.id).collect();
    let stored: Vec<_> = agent.thread(thread.id()).await?.messages.iter().map(|message| message.id).collect();
    ensure!(shown.ends_with(&stored), "the handset shows {shown:?}, the agent {stored:?}");
    ensure!(last_sent.is_some_and(|id| shown.contains(&id)), "the handset lost its own message");
    client.close().await;
    Ok(shown.len())
}

/// Each acknowledged message once, in an order without a hole.
fn check_order(messages: &[Message], acknowledged: &HashSet<MessageId>) -> anyhow::Result<()> {
    let ids: HashSet<_> = messages.iter().map(|message| message.id).collect();
    ensure!(ids.len() == messages.len(), "a message is there twice");
    for (message, expected) in messages.iter().zip(1 as Seq..) {
        ensure!(message.seq == expected, "number {} stands where {expected} should", message.seq);
        ensure!(acknowledged.contains(&message.id), "{} was never acknowledged", message.id);
    }
    Ok(())
}
