//! Nodes have one budget between them: what was spent on one is gone on the other.

use std::time::Duration;

use anyhow::ensure;
use tidings_trials::cluster::Cluster;
use tidings_trials::phone::Phone;
use tidings_trials::redis::Redis;
use tidings_trials::scene::{self, Database, Scene};

/// Ten times this many phones may sign in from one address at once, and then one in a minute.
const A_MINUTE: &str = "1";
const AT_ONCE: usize = 10;

#[tokio::test]
async fn what_was_spent_on_one_node_is_gone_on_the_other_with_redis() -> anyhow::Result<()> {
    let scene = strict()?;
    let mut redis = Redis::new(scene.folder("redis")?)?;
    redis.start().await?;
    let cluster = Cluster::start(scene, [Some(redis.url()), Some(redis.url())]).await?;
    cluster.wait_bus("redis").await?;
    spend_on_one_and_ask_the_other(cluster).await
}

#[tokio::test]
async fn what_was_spent_on_one_node_is_gone_on_the_other_without_redis() -> anyhow::Result<()> {
    let cluster = Cluster::start(strict()?, [None, None]).await?;
    cluster.wait_bus("postgres").await?;
    spend_on_one_and_ask_the_other(cluster).await
}

fn strict() -> anyhow::Result<Scene> {
    let mut scene = Scene::new(Database::Postgres)?;
    scene::set(&mut scene.plan.variables, "TIDINGS_RATES_ENABLED", "true");
    scene::set(&mut scene.plan.variables, "TIDINGS_RATES_SIGN_INS_PER_MINUTE", A_MINUTE);
    Ok(scene)
}

async fn spend_on_one_and_ask_the_other(cluster: Cluster) -> anyhow::Result<()> {
    let app = cluster.scene.app_id();
    for n in 0..AT_ONCE {
        ensure!(Phone::anonymous(cluster.one.address(), app).await.is_ok(), "refused after {n}");
    }
    let Err(refused) = Phone::anonymous(cluster.one.address(), app).await else {
        anyhow::bail!("the first node has no limit");
    };
    ensure!(format!("{refused:#}").contains("429"), "refused otherwise: {refused:#}");
    // The other node is told a few times a second.
    let mut let_in = 0;
    while Phone::anonymous(cluster.two.address(), app).await.is_ok() {
        let_in += 1;
        ensure!(let_in < AT_ONCE / 2, "the second node knows nothing of what the first one let in");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    cluster.stop().await
}
