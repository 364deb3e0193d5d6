//! Somebody on each of two nodes.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use tidings_protocol::frame::InboxServerFrame;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_trials::agent;
use tidings_trials::clock;
use tidings_trials::cluster::Cluster;
use tidings_trials::phone::{Phone, Sent};
use tidings_trials::socket::Socket;

/// With a bus a message takes milliseconds; this leaves room for a machine that has other things to do.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(1);
/// Without a bus the sweep finds it.
pub(crate) const BY_SWEEP: Duration = Duration::from_secs(5);

/// Somebody who writes on one node and somebody who reads on the other.
pub(crate) struct Crossing {
    pub(crate) phone: Phone,
    pub(crate) conversation: ConversationId,
    pub(crate) inbox: Socket,
}

impl Crossing {
    /// A user on the first node with a thread, and an agent's socket on the second.
    pub(crate) async fn between(cluster: &Cluster) -> anyhow::Result<Self> {
        let mut phone = cluster.scene.phone().await?;
        let conversation = phone.open_conversation(None).await?;
        let inbox = cluster.scene.agent().await?.beside(cluster.two.address())?.socket().await?;
        Ok(Self { phone, conversation, inbox })
    }

    /// Sends messages one after the other, and waits for each on the other node.
    pub(crate) async fn cross(&mut self, count: usize, limit: Duration, when: &str) -> anyhow::Result<()> {
        for _ in 0..count {
            let took = self.one(limit).await.with_context(|| when.to_owned())?;
            println!("{when}: {took:?}");
        }
        Ok(())
    }

    async fn one(&mut self, limit: Duration) -> anyhow::Result<Duration> {
        let id = clock::new_id(MessageId::from_parts);
        let started = Instant::now();
        let sent = self.phone.send(self.conversation, id, "from one node to the other").await?;
        anyhow::ensure!(matches!(sent, Sent::Acknowledged(_)), "not acknowledged");
        self.wait_for(id, limit).await?;
        Ok(started.elapsed())
    }

    /// Waits for a message on the other node.
    pub(crate) async fn wait_for(&mut self, id: MessageId, limit: Duration) -> anyhow::Result<()> {
        let added = |frame: InboxServerFrame| {
            let mut changes = agent::changes(frame).into_iter();
            changes.any(|(change, _)| change.message.is_some_and(|message| message.id == id)).then_some(())
        };
        self.inbox.wait_for("message on the other node", limit, added).await
    }
}
