//! Hints through Redis: publish and subscribe, nothing stored there.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::StreamExt;
use redis::aio::MultiplexedConnection;
use redis::{Client, RedisError};
use tidings_protocol::id::FeedId;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::Shared;
use super::hint::{self, Hint};
use super::link::Link;
use super::peers::SILENCE;

/// Channels of feeds, by the feed's id; what belongs to no feed goes through a channel of its own.
const SHARDS: u128 = 16;
/// Hints in one round trip.
const BATCH: usize = 256;
const CONNECT: Duration = Duration::from_secs(3);
const RETRY: Duration = Duration::from_millis(500);

/// The version is that of what is said: nodes that would not understand each other do not hear each other, and the
/// sweep delivers between them while one replaces the other.
fn channel(feed: Option<FeedId>) -> String {
    match feed {
        Some(feed) => format!("tidings:2:feeds:{}", feed.uuid().as_u128() % SHARDS),
        None => "tidings:2:nodes".to_owned(),
    }
}

fn feed_of(hint: &Hint) -> Option<FeedId> {
    match hint {
        Hint::Feed { f, .. } | Hint::Typing { f, .. } | Hint::Availability { f } => Some(*f),
        _ => None,
    }
}

/// Carries hints to Redis for ever. What it could not deliver goes to the bus again, which may know another way.
pub(super) async fn send(
    client: Client,
    mut waiting: mpsc::Receiver<Hint>,
    shared: Arc<Shared>,
    link: Arc<Link>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let connected = timeout(CONNECT, client.get_multiplexed_async_connection()).await;
        let Ok(Ok(mut connection)) = connected else {
            sleep(RETRY).await;
            continue;
        };
        link.set_sends(true);
        shared.beat();
        while waiting.recv_many(&mut batch, BATCH).await > 0 {
            let sent = timeout(CONNECT, publish(&mut connection, &shared, &batch)).await;
            if !matches!(sent, Ok(Ok(()))) {
                break;
            }
            batch.clear();
        }
        link.set_sends(false);
        tracing::warn!("Redis does not take hints");
        while let Ok(hint) = waiting.try_recv() {
            batch.push(hint);
        }
        batch.drain(..).for_each(|hint| shared.hint(hint));
        // What was on its way to Redis may be lost, and nobody says by itself again who came to the front.
        shared.newcomer.notify_one();
        sleep(RETRY).await;
    }
}

async fn publish(
    connection: &mut MultiplexedConnection,
    shared: &Shared,
    batch: &[Hint],
) -> Result<(), RedisError> {
    let mut pipe = redis::pipe();
    // Neighbours of one channel share a message; the order within a channel stays.
    for piece in batch.chunk_by(|one, two| feed_of(one).map(shard) == feed_of(two).map(shard)) {
        let text = hint::write(shared.node, piece);
        pipe.cmd("PUBLISH").arg(channel(piece.first().and_then(feed_of))).arg(text).ignore();
    }
    pipe.query_async(connection).await
}

fn shard(feed: FeedId) -> u128 {
    feed.uuid().as_u128() % SHARDS
}

/// Hears hints for ever.
pub(super) async fn listen(client: Client, shared: Arc<Shared>, link: Arc<Link>) {
    loop {
        if let Err(error) = listen_once(&client, &shared, &link).await {
            tracing::warn!(%error, "Redis does not send hints");
        }
        link.deaf();
        // What the sweep waits for was chosen for a bus that works.
        shared.changed.notify_one();
        sleep(RETRY).await;
    }
}

async fn listen_once(client: &Client, shared: &Shared, link: &Link) -> anyhow::Result<()> {
    let mut subscription = timeout(CONNECT, client.get_async_pubsub()).await??;
    let mut channels: Vec<_> = (0..SHARDS).map(|shard| format!("tidings:2:feeds:{shard}")).collect();
    channels.push(channel(None));
    timeout(CONNECT, subscription.subscribe(channels)).await??;
    link.heard_itself(Instant::now());
    shared.beat();
    // What was published before this moment is lost: the sweep looks now.
    shared.changed.notify_one();
    let mut messages = subscription.on_message();
    loop {
        match timeout(SILENCE, messages.next()).await {
            Ok(Some(message)) => {
                let text = Bytes::copy_from_slice(message.get_payload_bytes());
                shared.receive(&text, link);
            }
            Ok(None) => anyhow::bail!("the connection ended"),
            // Not even this node's own beat came: the connection is one in name only.
            Err(_) if link.sends() => anyhow::bail!("nothing was heard for {} ms", SILENCE.as_millis()),
            Err(_) => {}
        }
    }
}
