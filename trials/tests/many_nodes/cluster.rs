//! Two nodes on one database.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use tidings_protocol::frame::InboxServerFrame;
use tidings_protocol::id::{ConversationId, MessageId};
use tidings_trials::agent;
use tidings_trials::clock;
use tidings_trials::http::Connection;
use tidings_trials::phone::{Phone, Sent};
use tidings_trials::redis::Redis;
use tidings_trials::scene::{self, Database, Scene};
use tidings_trials::server::{Plan, Server};
use tidings_trials::socket::Socket;
use tidings_trials::wait;

/// With a bus a message takes milliseconds; this leaves room for a machine that has other things to do.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(1);
/// Without a bus the sweep finds it.
pub(crate) const BY_SWEEP: Duration = Duration::from_secs(5);

/// Two nodes, and how each is started.
pub(crate) struct Cluster {
    pub(crate) scene: Scene,
    pub(crate) plans: [Plan; 2],
    pub(crate) one: Server,
    pub(crate) two: Server,
}

impl Cluster {
    /// Starts both; `redis_urls` are where each looks for Redis.
    pub(crate) async fn start(scene: Scene, redis_urls: [Option<String>; 2]) -> anyhow::Result<Self> {
        let mut plans = [scene.plan.clone(), scene.other_node()?];
        for (plan, url) in plans.iter_mut().zip(redis_urls) {
            if let Some(url) = url {
                scene::set(&mut plan.variables, "REDIS_URL", &url);
            }
        }
        let one = Server::start(plans[0].clone()).await?;
        let two = Server::start(plans[1].clone()).await?;
        Ok(Self { scene, plans, one, two })
    }

    /// With a Redis between them.
    pub(crate) async fn with_redis() -> anyhow::Result<(Self, Redis)> {
        let scene = Scene::new(Database::Postgres)?;
        let mut redis = Redis::new(scene.folder("redis")?)?;
        redis.start().await?;
        let cluster = Self::start(scene, [Some(redis.url()), Some(redis.url())]).await?;
        cluster.wait_bus("redis").await?;
        Ok((cluster, redis))
    }

    /// With nothing but the database.
    pub(crate) async fn without_redis() -> anyhow::Result<Self> {
        let cluster = Self::start(Scene::new(Database::Postgres)?, [None, None]).await?;
        cluster.wait_bus("postgres").await?;
        Ok(cluster)
    }

    /// Waits until both nodes say this of their bus.
    pub(crate) async fn wait_bus(&self, state: &str) -> anyhow::Result<()> {
        wait_bus(&self.one, state).await.context("the first node")?;
        wait_bus(&self.two, state).await.context("the second node")
    }

    /// A user on the first node with a thread, and an agent's socket on the second.
    pub(crate) async fn people(&self) -> anyhow::Result<Crossing> {
        let mut phone = self.scene.phone().await?;
        let conversation = phone.open_conversation(None).await?;
        let inbox = self.scene.agent().await?.beside(self.two.address())?.socket().await?;
        Ok(Crossing { phone, conversation, inbox })
    }

    /// Both end in order.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let (one, two) = (self.one.stop().await?, self.two.stop().await?);
        anyhow::ensure!(one.success() && two.success(), "a node failed: {one}, {two}");
        Ok(())
    }
}

/// Waits until a node says this of its bus.
pub(crate) async fn wait_bus(node: &Server, state: &str) -> anyhow::Result<()> {
    let ask = || async {
        let mut connection = Connection::new(node.address(), hyper::HeaderMap::new())?;
        let health: Value = connection.get("/health").await?;
        Ok((health["bus"] == state).then_some(()))
    };
    wait::until(&format!("the bus to be {state}"), Duration::from_secs(10), ask).await
}

/// Somebody who writes on one node and somebody who reads on the other.
pub(crate) struct Crossing {
    pub(crate) phone: Phone,
    pub(crate) conversation: ConversationId,
    pub(crate) inbox: Socket,
}

impl Crossing {
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
