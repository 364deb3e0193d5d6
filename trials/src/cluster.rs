//! Two nodes on one database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::http::Connection;
use crate::redis::Redis;
use crate::scene::{self, Database, Scene};
use crate::server::{Plan, Server};
use crate::wait;

/// Two nodes, and how each is started.
pub struct Cluster {
    /// Their database and what is in it.
    pub scene: Scene,
    /// How each is started.
    pub plans: [Plan; 2],
    /// The first.
    pub one: Server,
    /// The second.
    pub two: Server,
}

impl Cluster {
    /// Starts both; `redis_urls` are where each looks for Redis.
    pub async fn start(scene: Scene, redis_urls: [Option<String>; 2]) -> anyhow::Result<Self> {
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
    pub async fn with_redis() -> anyhow::Result<(Self, Redis)> {
        let scene = Scene::new(Database::Postgres)?;
        let mut redis = Redis::new(scene.folder("redis")?)?;
        redis.start().await?;
        let cluster = Self::start(scene, [Some(redis.url()), Some(redis.url())]).await?;
        cluster.wait_bus("redis").await?;
        Ok((cluster, redis))
    }

    /// With nothing but the database.
    pub async fn without_redis() -> anyhow::Result<Self> {
        let cluster = Self::start(Scene::new(Database::Postgres)?, [None, None]).await?;
        cluster.wait_bus("postgres").await?;
        Ok(cluster)
    }

    /// Waits until both nodes say this of their bus.
    pub async fn wait_bus(&self, state: &str) -> anyhow::Result<()> {
        wait_bus(&self.one, state).await.context("the first node")?;
        wait_bus(&self.two, state).await.context("the second node")
    }

    /// Restarts one node after the other, and kills Redis in between, until it is over; then all is well again. Says how
    /// many restarts there were.
    pub async fn roll(
        mut self,
        mut redis: Redis,
        over: Arc<AtomicBool>,
    ) -> anyhow::Result<(Self, Redis, usize)> {
        let mut rolled = 0;
        while !over.load(Ordering::Relaxed) {
            redis.kill()?;
            let plan = self.plans[rolled % 2].clone();
            let node = if rolled % 2 == 0 { &mut self.one } else { &mut self.two };
            ensure!(node.terminate().await?.success(), "a node did not end in order");
            redis.start().await?;
            *node = Server::start(plan).await?;
            rolled += 1;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        self.wait_bus("redis").await?;
        Ok((self, redis, rolled))
    }

    /// Both end in order.
    pub async fn stop(self) -> anyhow::Result<()> {
        let (one, two) = (self.one.stop().await?, self.two.stop().await?);
        ensure!(one.success() && two.success(), "a node failed: {one}, {two}");
        Ok(())
    }
}

/// Waits until a node says this of its bus.
pub async fn wait_bus(node: &Server, state: &str) -> anyhow::Result<()> {
    let ask = || async {
        let mut connection = Connection::new(node.address(), hyper::HeaderMap::new())?;
        let health: Value = connection.get("/health").await?;
        Ok((health["bus"] == state).then_some(()))
    };
    wait::until(&format!("the bus to be {state}"), Duration::from_secs(10), ask).await
}
