//! Messages from one node to the other: fast with a bus, a little later without one, never lost.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tidings_trials::cluster::{Cluster, wait_bus};
use tidings_trials::front::{Front, Weather};
use tidings_trials::redis::Redis;
use tidings_trials::scene::{Database, Scene};

use crate::people::{AT_ONCE, BY_SWEEP, Crossing};

#[tokio::test]
async fn messages_cross_between_nodes_with_and_without_redis() -> anyhow::Result<()> {
    let (cluster, mut redis) = Cluster::with_redis().await?;
    let mut people = Crossing::between(&cluster).await?;
    people.cross(5, AT_ONCE, "with Redis").await?;

    redis.command(&["FLUSHALL"])?;
    people.cross(2, AT_ONCE, "after a flush").await?;
    redis.command(&["CLIENT", "KILL", "TYPE", "pubsub"])?;
    people.cross(2, BY_SWEEP, "after Redis threw its listeners out").await?;

    redis.kill()?;
    people.cross(2, BY_SWEEP, "as Redis goes").await?;
    cluster.wait_bus("postgres").await?;
    people.cross(5, AT_ONCE, "without Redis").await?;

    redis.start().await?;
    people.cross(2, BY_SWEEP, "as Redis comes back").await?;
    cluster.wait_bus("redis").await?;
    people.cross(5, AT_ONCE, "with Redis again").await?;
    cluster.stop().await
}

#[tokio::test]
async fn messages_cross_between_nodes_that_never_had_redis() -> anyhow::Result<()> {
    let cluster = Cluster::without_redis().await?;
    let mut people = Crossing::between(&cluster).await?;
    people.cross(5, AT_ONCE, "with NOTIFY").await?;
    for _ in 0..2 {
        end_listeners(&cluster)?;
        people.cross(1, BY_SWEEP, "without a listener").await?;
    }
    cluster.wait_bus("postgres").await?;
    people.cross(5, AT_ONCE, "with listeners again").await?;
    cluster.stop().await
}

/// What the others cannot see by themselves: they hear each other, and only one of them is not heard.
#[tokio::test]
async fn a_node_that_alone_lost_redis_is_heard_all_the_same() -> anyhow::Result<()> {
    let scene = Scene::new(Database::Postgres)?;
    let mut redis = Redis::new(scene.folder("redis")?)?;
    redis.start().await?;
    let between = Front::start(vec![([127, 0, 0, 1], redis.port()).into()]).await?;
    let through = format!("redis://{}/", between.address());
    let cluster = Cluster::start(scene, [Some(through), Some(redis.url())]).await?;
    cluster.wait_bus("redis").await?;
    let mut people = Crossing::between(&cluster).await?;
    people.cross(3, AT_ONCE, "with Redis").await?;

    between.set(Weather::Cut);
    people.cross(2, BY_SWEEP, "as its way to Redis is cut").await?;
    wait_bus(&cluster.one, "postgres").await?;
    people.cross(3, AT_ONCE, "without a way to Redis").await?;
    wait_bus(&cluster.two, "redis").await.context("the other node has its Redis")?;

    between.set(Weather::Fair);
    wait_bus(&cluster.one, "redis").await?;
    people.cross(3, AT_ONCE, "with Redis again").await?;

    // Nothing is closed, nothing arrives: only its own voice that does not come back tells the node.
    between.set(Weather::Swallows);
    people.cross(3, BY_SWEEP, "as its way to Redis swallows everything").await?;
    wait_bus(&cluster.one, "postgres").await?;
    people.cross(3, AT_ONCE, "while its way to Redis swallows everything").await?;
    cluster.stop().await
}

/// Ends the connections on which the nodes of this database listen.
fn end_listeners(cluster: &Cluster) -> anyhow::Result<()> {
    let url = cluster.plans[0].variables.iter().find(|(name, _)| name == "DATABASE_URL");
    let (_, url) = url.context("no DATABASE_URL")?;
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let output = Command::new("psql").args(["--no-psqlrc", "-At", "--command", sql, url]).output()?;
    let count = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    ensure!(count == "2", "{count} listeners were ended: {}", String::from_utf8_lossy(&output.stderr));
    std::thread::sleep(Duration::from_millis(50));
    Ok(())
}
