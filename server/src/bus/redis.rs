//! Hints through Redis: publish and subscribe, nothing stored there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::MultiplexedConnection;
use redis::{Client, RedisError};
use serde::{Deserialize, Serialize};
use tidings_protocol::Seq;
use tidings_protocol::id::{AgentId, ConversationId, FeedId};
use tidings_protocol::text::Name;
use tidings_store::{Committed, EndedSession};
use tokio::sync::{Notify, mpsc};
use tokio::time::{sleep, timeout};

use crate::lifecycle::Lifecycle;
use crate::live::Hub;
use crate::live::hub::{TokenHash, Typing, Typist};

const CHANNEL: &str = "tidings:hints:1";
/// Hints that may wait for Redis; more are dropped, because the sweep will find what they told.
const WAITING_MAX: usize = 10_000;
/// Hints in one round trip.
const BATCH: usize = 256;
const CONNECT: Duration = Duration::from_secs(3);
const RETRY: Duration = Duration::from_secs(1);

/// What nodes tell each other. Fields are short because there is one for each message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum Hint {
    Feed { f: FeedId, s: Seq },
    Ended { s: TokenHash, app: bool },
    Typing { f: FeedId, c: ConversationId, a: Option<(AgentId, Name)> },
}

/// A connection to Redis that comes and goes.
#[derive(Clone)]
pub struct RedisBus {
    hints: mpsc::Sender<Hint>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    subscribed: AtomicBool,
    publishing: AtomicBool,
    changed: Notify,
}

impl RedisBus {
    pub(super) fn start(url: &str, hub: &Arc<Hub>, lifecycle: &Lifecycle) -> anyhow::Result<Self> {
        let client = Client::open(url)?;
        let (hints, waiting) = mpsc::channel(WAITING_MAX);
        let state = Arc::<State>::default();
        let soft = lifecycle.soft().clone();
        let publish = publish(client.clone(), waiting, Arc::clone(&state));
        lifecycle.spawn(async move {
            soft.run_until_cancelled(publish).await;
        });
        let soft = lifecycle.soft().clone();
        let listen = listen(client, Arc::clone(hub), Arc::clone(&state));
        lifecycle.spawn(async move {
            soft.run_until_cancelled(listen).await;
        });
        Ok(Self { hints, state })
    }

    pub(super) fn committed(&self, committed: &Committed) {
        for growth in &committed.feeds {
            self.hint(Hint::Feed { f: growth.feed, s: growth.last_seq });
        }
        for session in &committed.ended_sessions {
            self.hint(match *session {
                EndedSession::App(s) => Hint::Ended { s, app: true },
                EndedSession::Agent(s) => Hint::Ended { s, app: false },
            });
        }
    }

    pub(super) fn typing(&self, f: FeedId, typing: &Typing) {
        let a = match &typing.typist {
            Typist::User => None,
            Typist::Agent { id, name } => Some((*id, name.clone())),
        };
        self.hint(Hint::Typing { f, c: typing.conversation_id, a });
    }

    pub(super) fn is_connected(&self) -> bool {
        self.state.subscribed.load(Ordering::Acquire) && self.state.publishing.load(Ordering::Acquire)
    }

    pub(super) fn changed(&self) -> &Notify {
        &self.state.changed
    }

    fn hint(&self, hint: Hint) {
        // A full channel means that Redis is away: the sweeps of the other nodes find what this would have told.
        let _ = self.hints.try_send(hint);
    }
}

async fn publish(client: Client, mut waiting: mpsc::Receiver<Hint>, state: Arc<State>) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let connected = timeout(CONNECT, client.get_multiplexed_async_connection()).await;
        let Ok(Ok(mut connection)) = connected else {
            sleep(RETRY).await;
            continue;
        };
        state.publishing.store(true, Ordering::Release);
        // Old hints say nothing that the sweep has not found meanwhile; the newest of each feed may.
        while waiting.recv_many(&mut batch, BATCH).await > 0 {
            let sent = timeout(CONNECT, publish_batch(&mut connection, &batch)).await;
            batch.clear();
            if !matches!(sent, Ok(Ok(()))) {
                break;
            }
        }
        state.publishing.store(false, Ordering::Release);
        if waiting.is_closed() && waiting.is_empty() {
            return;
        }
        tracing::warn!("Redis does not take hints; the sweep of each node delivers instead");
        sleep(RETRY).await;
    }
}

async fn publish_batch(connection: &mut MultiplexedConnection, batch: &[Hint]) -> Result<(), RedisError> {
    let mut pipe = redis::pipe();
    for hint in batch {
        let json = serde_json::to_string(hint).unwrap_or_default();
        pipe.cmd("PUBLISH").arg(CHANNEL).arg(json).ignore();
    }
    pipe.query_async(connection).await
}

async fn listen(client: Client, hub: Arc<Hub>, state: Arc<State>) {
    loop {
        if let Err(error) = listen_once(&client, &hub, &state).await {
            tracing::warn!(%error, "Redis does not send hints; the sweep delivers instead");
        }
        state.subscribed.store(false, Ordering::Release);
        // The pause that the sweep is in was chosen for a bus that works; now it is short.
        state.changed.notify_one();
        sleep(RETRY).await;
    }
}

async fn listen_once(client: &Client, hub: &Hub, state: &State) -> anyhow::Result<()> {
    let mut subscription = timeout(CONNECT, client.get_async_pubsub()).await??;
    timeout(CONNECT, subscription.subscribe(CHANNEL)).await??;
    state.subscribed.store(true, Ordering::Release);
    // What was published before this moment is lost: the sweep looks now.
    state.changed.notify_one();
    let mut messages = subscription.on_message();
    while let Some(message) = messages.next().await {
        match serde_json::from_slice(message.get_payload_bytes()) {
            Ok(hint) => apply(hub, hint),
            Err(error) => tracing::debug!(%error, "a hint of another version was ignored"),
        }
    }
    Ok(())
}

/// Hints of this node come back to it and change nothing: the hub never goes back, and ends a session once.
fn apply(hub: &Hub, hint: Hint) {
    match hint {
        Hint::Feed { f, s } => hub.announce(f, s),
        Hint::Ended { s, app: true } => hub.end(&EndedSession::App(s)),
        Hint::Ended { s, app: false } => hub.end(&EndedSession::Agent(s)),
        Hint::Typing { f, c, a } => {
            let typist = a.map_or(Typist::User, |(id, name)| Typist::Agent { id, name });
            hub.typing(f, Typing { conversation_id: c, typist });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_tells_the_hub_what_happened_elsewhere() {
        let hub = Hub::new();
        let bell = crate::live::hub::Bell::default();
        let f = FeedId::from_parts(1, [1; 10]);
        let follower = hub.follow(f, &bell);
        let json = serde_json::to_vec(&Hint::Feed { f, s: 7 }).unwrap();
        apply(&hub, serde_json::from_slice(&json).unwrap());
        assert_eq!(follower.latest(), 7);
    }
}
