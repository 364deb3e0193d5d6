//! What `docs/protocol.md` promises, asked of servers that are known by their address alone: one node on each
//! database, and two nodes that are rolled, one after the other, while the Redis between them is killed again and again.
//!
//! A promise holds on all of them or it is none: clients do not know how many nodes there are. What breaks on the way
//! is repeated, as the protocol asks of a client.

mod client;
mod ground;
mod promises;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tidings_trials::cluster::Cluster;
use tidings_trials::front::Front;
use tidings_trials::scene::{Database, Scene};

use crate::ground::Ground;

#[tokio::test]
async fn every_promise_holds_on_sqlite() -> anyhow::Result<()> {
    on_one_node(Database::Sqlite).await
}

#[tokio::test]
async fn every_promise_holds_on_postgres() -> anyhow::Result<()> {
    on_one_node(Database::Postgres).await
}

async fn on_one_node(database: Database) -> anyhow::Result<()> {
    let scene = Scene::new(database)?;
    let server = scene.start().await?;
    promises::all(&Ground::at(server.address(), &scene)).await?;
    anyhow::ensure!(server.stop().await?.success(), "the server did not end in order");
    Ok(())
}

#[tokio::test]
async fn every_promise_holds_between_two_nodes_while_they_are_rolled_and_redis_is_killed()
-> anyhow::Result<()> {
    let (cluster, redis) = Cluster::with_redis().await?;
    let front = Front::start(vec![cluster.one.address(), cluster.two.address()]).await?;
    let ground = Ground::at(front.address(), &cluster.scene);
    let over = Arc::new(AtomicBool::new(false));
    let weather = tokio::spawn(cluster.roll(redis, Arc::clone(&over)));
    let (begun, mut rounds) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(15) {
        promises::all(&ground).await?;
        rounds += 1;
    }
    over.store(true, Ordering::Relaxed);
    let (cluster, _redis, rolled) = weather.await??;
    println!("{rounds} rounds over {rolled} restarts");
    anyhow::ensure!(rolled >= 3, "only {rolled} restarts: this proves nothing");
    promises::all(&ground).await?;
    cluster.stop().await
}
